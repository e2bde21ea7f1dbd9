// What the `adit` command does beside a private service. Sessions and relaying are in packages/sdk, argv in packages/cli.
export type { Command, CommandArgument, CommandIo, CommandOption, Output, ParsedCommand } from './command.ts';
export { httpCommand } from './http/http-command.ts';
export { errorText } from './http/http-view.ts';
export { runHttp } from './http/run-http.ts';

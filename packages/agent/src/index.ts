// What the `adit` command does beside a private service. Sessions and relaying are in packages/sdk, argv in packages/cli.
// Commands are descriptions; what they run is loaded when they run.

export { loadApi, loadApiCommands } from './api/load-api-commands.ts';
export type {
  Command,
  CommandArgument,
  CommandGroup,
  CommandIo,
  CommandOption,
  CommandTree,
  Input,
  Output,
  ParsedCommand,
} from './command.ts';
export { configCommands } from './config-commands/config-commands.ts';
export { diagnoseCommand } from './diagnose/diagnose-command.ts';
export { endpointCommand, httpCommand } from './endpoint/endpoint-commands.ts';
export { loginCommand, mfaCommands } from './login/login-commands.ts';
export { serviceCommands } from './service/service-commands.ts';
export { startCommand } from './start/start-command.ts';
export { errorText } from './view/agent-view.ts';
export { plainText } from './view/plain-text.ts';

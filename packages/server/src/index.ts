// What programs may use of the server. Everything else is private.
export type { ReadyInfo } from './compose/ready-info.ts';
export { loadServerOptions } from './config/load-options.ts';
export { type ServerOptionName, type ServerOptions, serverOptionsSchema } from './config/server-options.ts';
export { type RunningAddresses, readRunningServer } from './data-dir/running-server.ts';
export { writeFileAtomic } from './files/private-file.ts';
export { type RunningServer, type StartChoices, startServer } from './server.ts';

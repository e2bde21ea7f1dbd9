// Start here: `createView()` chooses how to tell what happens. See agent-view.ts for what can be told.
export type { AgentView, ViewedEndpoint } from './agent-view.ts';
export { createView } from './create-view.ts';
export { type LogFormat, type LogLevel, logFormats, logLevels } from './log-line.ts';

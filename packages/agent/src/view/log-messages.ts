import type { LogLevel } from './log-line.ts';

/** What a field of a log line means. The page docs/reference/agent-log.md is held against this and `logMessages`. */
export const logFields = {
  account: 'Name of the account, empty where the server does not tell.',
  serverVersion: 'Version of the server.',
  err: 'What failed and why, for people.',
  code: 'Code of the error; see the page of error codes.',
  help: 'What can be done about it.',
  retryInMs: 'Milliseconds until the next attempt; 0: now.',
  silentMs: 'Milliseconds since the last heartbeat came back.',
  url: 'Public URL of the endpoint; left out where it has labels.',
  labels: 'In place of `url`: `key=value` each, with spaces between them.',
  addr: 'Where the endpoint forwards to; of the inspector, its address.',
  name: 'Name of the endpoint in the configuration; left out where it has none.',
  unsaid: 'How many more connections failed since the last such line.',
  method: 'Method of the request.',
  path: 'Path of the request, without its query.',
  status: 'Status of the answer; 0: none came.',
  by: 'Who stopped it: `user` or `operator`.',
  durationMs: 'Milliseconds from the request to the end of its answer.',
  text: 'What the warning says.',
} as const;

interface LogMessage {
  readonly lvl: LogLevel;
  readonly msg: string;
  readonly about: string;
  readonly fields: readonly (keyof typeof logFields)[];
}

/** Every line an agent may write. Programs read them: a message is never changed, only added. */
export const logMessages = {
  sessionOnline: {
    lvl: 'info',
    msg: 'session online',
    about: 'The agent is connected, for the first time or again.',
    fields: ['account', 'serverVersion'],
  },
  sessionLost: {
    lvl: 'warn',
    msg: 'session lost, reconnecting',
    about: 'The connection to the server broke.',
    fields: ['err', 'code', 'retryInMs'],
  },
  reconnectFailed: {
    lvl: 'warn',
    msg: 'reconnect failed, trying again',
    about: 'An attempt to connect again failed.',
    fields: ['err', 'code', 'retryInMs'],
  },
  noHeartbeat: {
    lvl: 'warn',
    msg: 'no heartbeat',
    about: 'The server has not answered for longer than it should; it is given up some seconds later.',
    fields: ['silentMs'],
  },
  startedTunnel: {
    lvl: 'info',
    msg: 'started tunnel',
    about: 'An endpoint is online; again when its URL has changed.',
    fields: ['url', 'labels', 'addr', 'name'],
  },
  tunnelRefused: {
    lvl: 'warn',
    msg: 'tunnel refused, trying again',
    about: 'After a reconnect the server did not take an endpoint back.',
    fields: ['url', 'labels', 'err', 'code'],
  },
  stoppedTunnel: {
    lvl: 'info',
    msg: 'stopped tunnel',
    about: 'An endpoint is offline for good, in order.',
    fields: ['url', 'labels'],
  },
  tunnelFailed: {
    lvl: 'error',
    msg: 'tunnel failed',
    about: 'An endpoint is offline for good: it was refused, or stopped by an operator.',
    fields: ['url', 'labels', 'err', 'code'],
  },
  upstreamFailed: {
    lvl: 'warn',
    msg: 'upstream failed',
    about: 'A visitor came, and the upstream could not be reached. At most one line a second for each endpoint.',
    fields: ['url', 'labels', 'addr', 'err', 'code', 'unsaid'],
  },
  upstreamBack: {
    lvl: 'info',
    msg: 'upstream works again',
    about: 'The first visitor who reached the upstream after it had failed has come and gone.',
    fields: ['url', 'labels', 'addr'],
  },
  inspectorStarted: {
    lvl: 'info',
    msg: 'inspector started',
    about: 'The local inspector listens.',
    fields: ['addr'],
  },
  request: {
    lvl: 'debug',
    msg: 'request',
    about: 'A request was answered. Only endpoints that are inspected have these lines.',
    fields: ['method', 'path', 'status', 'durationMs'],
  },
  warning: {
    lvl: 'warn',
    msg: 'warning',
    about: 'Something should be changed; it works all the same.',
    fields: ['text'],
  },
  restarted: {
    lvl: 'info',
    msg: 'restarted',
    about: 'An operator restarted the agent: the configuration was read again, and a new session has taken over.',
    fields: [],
  },
  restartFailed: {
    lvl: 'error',
    msg: 'restart failed, going on as before',
    about: 'An operator asked for a restart, and the configuration or the server did not allow it.',
    fields: ['err', 'code'],
  },
  stopped: { lvl: 'info', msg: 'stopped', about: 'The agent ends because somebody stopped it.', fields: ['by'] },
  failed: {
    lvl: 'crit',
    msg: 'failed',
    about: 'The agent ends because it cannot go on. Standard error says the same for people.',
    fields: ['err', 'code', 'help'],
  },
} as const satisfies Record<string, LogMessage>;

export type LogMessageName = keyof typeof logMessages;

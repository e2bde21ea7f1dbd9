import type { SetupKind } from '../job.ts';

/** No setup at all: plain TCP to the origin. What every other row is compared with, and the reference on a long link. */
export const direct: SetupKind = {
  name: 'direct',
  canDelayAgent: false,
  start: async ({ originPort }) => ({
    name: 'direct',
    configuration: 'the visitor speaks plain HTTP/1.1 to the origin itself',
    target: { port: originPort, tls: false, serverName: '', ca: '', hostHeader: 'localhost' },
    edgePids: [],
    agentPids: [],
    stop: async () => {},
  }),
};

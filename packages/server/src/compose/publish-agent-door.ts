import { aditProfile } from '@adit/wire';
import type { Route } from '../domain/route.ts';
import { createLocalLink } from '../links/local/local-link.ts';
import { createWebSocketDoor } from '../links/transport/web-socket-door.ts';
import { emptyChain } from '../policy/run/empty-chain.ts';
import type { Rooms } from './open-rooms.ts';

/** Agents that only get through as WebSockets come by HTTPS, to a service of the server's own. */
export function publishAgentDoor({ directory, agents }: Pick<Rooms, 'directory' | 'agents'>, domain: string): Route {
  const door = createWebSocketDoor({
    accept: (stream, remoteAddress) => agents.accept(stream, { remoteAddress, profile: aditProfile }),
  });
  const service = { host: `connect.${domain}`, scheme: 'https', chain: emptyChain, bindId: 'connect' } as const;
  return directory.publishService({ ...service, link: createLocalLink(door, { keepsUpgraded: true }) });
}

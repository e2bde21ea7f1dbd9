import type { Socket } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';
import { plainAddress } from '../../domain/plain-address.ts';

/**
 * Who is at the other end of a socket. Undefined when the client is gone already: then the system no longer knows.
 */
export function connectFacts(socket: Socket, startedAtMs: number): ConnectFacts | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return {
    clientIp: plainAddress(remoteAddress),
    clientPort: remotePort,
    serverIp: plainAddress(localAddress ?? '0.0.0.0'),
    serverPort: localPort ?? 0,
    serverName: null,
    startedAtMs,
  };
}

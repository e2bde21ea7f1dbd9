import type { Socket } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';

/**
 * Who is at the other end of a socket. Undefined when the client is gone already: then the system no longer knows.
 *
 * @param serverName From the ClientHello that was peeked; a resumed session would not repeat it to the TLS server.
 */
export function connectFacts(socket: Socket, serverName: string | null): ConnectFacts | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { clientIp: plainAddress(remoteAddress), clientPort: remotePort, serverName };
}

/** IPv4-mapped IPv6 addresses become IPv4; zones (`%eth0`) are dropped. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address.replace(/%.*$/, '');
}

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from '../job.ts';

interface DialOptions {
  readonly protocol?: 'http/1.1' | 'h2';
  /** Any address in 127.0.0.0/8: servers bound what one client may open. */
  readonly localAddress?: string;
}

/** A connection to the setup, TLS handshake included; the protocol asked for is the one spoken, or it throws. */
export function dial(
  target: Target,
  { protocol = 'http/1.1', localAddress = '127.0.0.1' }: DialOptions = {},
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const address = { host: '127.0.0.1', port: target.port, noDelay: true, localAddress };
  if (!target.tls) {
    const plain = connectTcp(address, () => resolve(plain)).once('error', reject);
    return promise;
  }
  const { serverName: servername, ca } = target;
  const socket = connectTls({ ...address, servername, ca, ALPNProtocols: [protocol] }, () => {
    if (protocol === 'h2' && socket.alpnProtocol !== 'h2') reject(new Error('HTTP/2 is not spoken there'));
    resolve(socket);
  }).once('error', reject);
  return promise;
}

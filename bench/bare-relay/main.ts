// The least that Node.js can do for a connection, a process of its own: `bare-relay/main.ts '<BareRelayJob as JSON>'` ends
// TLS, opens a connection of its own for each, and copies bytes, unread, both ways. Prints its port.
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createServer } from 'node:tls';

export interface BareRelayJob {
  readonly certFile: string;
  readonly keyFile: string;
  readonly nextPort: number;
  /** Set: TLS is spoken there too, with a certificate of this CA for localhost. */
  readonly nextCa?: string;
}

const { certFile, keyFile, nextPort, nextCa } = JSON.parse(process.argv[2] ?? '') as BareRelayJob;
const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile), noDelay: true, ALPNProtocols: ['http/1.1'] },
  (visitor) => {
    const next = dialNext();
    copy(visitor, next);
    copy(next, visitor);
  },
);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log((server.address() as AddressInfo).port);
});

function dialNext(): Socket {
  const address = { host: '127.0.0.1', port: nextPort, noDelay: true };
  return nextCa === undefined ? connectTcp(address) : connectTls({ ...address, ca: nextCa, servername: 'localhost' });
}

function copy(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => {});
  from.on('close', () => to.destroy());
}

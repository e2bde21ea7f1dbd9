// The console behind the edge: a Link to an HTTP server in this process, so that its visitors pass the same listeners,
// chain and forwarder as everybody's. What the console answers is in control/.
import type { Server } from 'node:http';
import { duplexPair } from 'node:stream';
import type { Link } from '../../domain/link.ts';

/**
 * A link to `server`, which need not listen. Each opened stream is one connection of the server; its socket shows the
 * visitor's address as `remoteAddress` and `remotePort`. Destroying the stream ends the connection.
 *
 * @param options.keepsUpgraded See `Link`.
 */
export function createLocalLink(server: Server, options: Pick<Link, 'keepsUpgraded'> = {}): Link {
  return {
    kind: 'local',
    ...options,
    open({ visitor }) {
      const [edgeSide, serverSide] = duplexPair();
      Object.assign(serverSide, { remoteAddress: visitor.clientIp, remotePort: visitor.clientPort });
      edgeSide.once('close', () => serverSide.destroy());
      serverSide.once('close', () => edgeSide.destroy());
      server.emit('connection', serverSide);
      return edgeSide;
    },
  };
}

// The console behind the edge: a Link to an HTTP server in this process, so that its visitors pass the same listeners,
// chain and forwarder as everybody's. What the console answers is in control/.
import type { Server } from 'node:http';
import type { Link } from '../../domain/link.ts';
import { LocalEnd, type StallLimit } from './local-end.ts';

/**
 * A link to `server`, which need not listen. Each opened stream is one connection of the server; its socket shows the
 * visitor's address as `remoteAddress` and `remotePort`. Destroying the stream ends the connection.
 *
 * @param options.keepsUpgraded See `Link`.
 * @param options.stall Ends connections whose visitors do not take what the server answers. Default: the edge does that, later.
 */
export function createLocalLink(
  server: Server,
  { stall, ...options }: Pick<Link, 'keepsUpgraded'> & { stall?: StallLimit } = {},
): Link {
  return {
    kind: 'local',
    ...options,
    open({ visitor }) {
      const [edgeSide, serverSide] = [new LocalEnd(), new LocalEnd(stall)];
      edgeSide.connect(serverSide);
      Object.assign(serverSide, { remoteAddress: visitor.clientIp, remotePort: visitor.clientPort });
      server.emit('connection', serverSide);
      return edgeSide;
    },
  };
}

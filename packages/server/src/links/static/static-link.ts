import type { Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import type { Link } from '../../domain/link.ts';
import type { Connect, NamedService } from '../../outgoing/guarded-connect.ts';
import { staticLimits } from './static-limits.ts';

/** The link to a service that the server reaches itself. */
export function staticLink(service: NamedService, connect: Connect): Link {
  return {
    kind: 'static',
    open({ isPassthrough = false }) {
      // What the visitor has encrypted for the service is not to be encrypted once more.
      const isTls = service.isTls && !isPassthrough;
      return inOurWords(connect({ ...service, isTls }), isTls ? 'secureConnect' : 'connect');
    },
  };
}

/** The socket itself, whose errors are those that links have; a stream around it would copy every byte. */
function inOurWords(socket: Socket, connected: 'connect' | 'secureConnect'): Socket {
  const destroy = socket.destroy.bind(socket);
  let isConnected = false;
  socket.destroy = (cause?: Error) => destroy(cause && linkError(cause, isConnected));
  const { connectTimeoutMs, keepAliveMs } = staticLimits;
  socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
  socket.setTimeout(connectTimeoutMs, () => socket.destroy(new AditError(9001)));
  socket.once(connected, () => {
    isConnected = true;
    socket.setTimeout(0);
  });
  return socket;
}

function linkError(cause: Error, isConnected: boolean): AditError {
  if (cause instanceof AditError && cause.code === 9001) return cause;
  return isConnected ? new AditError(9005, undefined, { cause }) : new AditError(8012, undefined, { cause });
}

import { connect, type Socket } from 'node:net';
import { connectLimits } from './connect-limits.ts';
import { proxyDialError } from './dial-error.ts';
import { lookup } from './loopback.ts';
import { tunnelByHttp } from './proxy-http.ts';
import { tunnelBySocks } from './proxy-socks.ts';
import type { ProxyAddress } from './proxy-url.ts';
import type { ServerAddress } from './server-address.ts';

/**
 * Dials the proxy and has it connect to the server. The caller owns the socket, which the server's bytes follow on.
 *
 * @throws {AditError} 9320: the proxy is not reachable. 9321, 9322, 9323: see `tunnelByHttp` and `tunnelBySocks`. The
 *   signal's reason.
 */
export async function dialByProxy(proxy: ProxyAddress, server: ServerAddress, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port, kind } = proxy;
  const autoSelectFamilyAttemptTimeout = connectLimits.addressTimeoutMs;
  const socket = connect({ host, port, lookup, autoSelectFamilyAttemptTimeout }).setNoDelay(true);
  // Every failure is told by whoever reads; one that comes between two reads must not end the program.
  socket.on('error', () => {});
  const abort = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await connected(socket);
    await (kind === 'http' ? tunnelByHttp : tunnelBySocks)(socket, proxy, server);
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw isSystemError(error) ? proxyDialError(proxy, error) : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  return promise.finally(() => socket.off('connect', resolve).off('error', reject));
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

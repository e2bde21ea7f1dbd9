import { readFile } from 'node:fs/promises';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  createSecureContext,
  connect as dialTls,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { AditError } from '@adit/contracts';
import type { Clock } from '../clock.ts';
import { connectLimits } from './connect-limits.ts';
import { dialError, isProtocolRefused, webSocketError } from './dial-error.ts';
import { lookup } from './loopback.ts';
import { dialByProxy } from './proxy-dial.ts';
import type { ProxyAddress } from './proxy-url.ts';
import type { ServerAddress } from './server-address.ts';

export interface Trust {
  /** PEM text of the only roots to trust. */
  readonly caPem?: string | undefined;
  /** The same, from a file. */
  readonly caFile?: string | undefined;
}

/** `auto`: TLS, and WebSocket where something on the way refuses our protocol. */
export type Transport = 'auto' | 'tls' | 'websocket';

export interface DialOptions {
  readonly context: SecureContext;
  readonly transport: Transport;
  /** Undefined: directly. */
  readonly proxy: ProxyAddress | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For all of it. */
  readonly timeoutMs: number;
}

/** A way to the server. The caller owns the stream. */
export interface Dialled {
  readonly stream: Duplex;
  /** False: a server that named no protocol, which means the SDKs' dialect. */
  readonly isAdit: boolean;
  /** See `MuxSessionOptions.reuseWriteMemory`. */
  readonly reuseWriteMemory: boolean;
}

/**
 * Reads what the server's certificate is checked against: the given roots and no others, else those of the system
 * together with those Node carries (a bare container has no roots of its own).
 *
 * @throws {AditError} 9202: the file cannot be read. 9302: it holds no certificate.
 */
export async function loadTrust(trust: Trust): Promise<SecureContext> {
  const pem = trust.caPem ?? (trust.caFile === undefined ? undefined : await readCaFile(trust.caFile));
  const ca = pem ?? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  try {
    if (pem !== undefined && !pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM certificate');
    return createSecureContext({ ca, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new AditError(9302, `Cannot use the CA certificate "${trust.caFile ?? 'caPem'}": it is not PEM`, { cause });
  }
}

async function readCaFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AditError(
      9202,
      `Cannot read the CA certificate "${file}": ${cause.message.replace(/^E[A-Z]+: /, '').replace(/, .*$/, '')}`,
      { cause },
    );
  });
}

/**
 * Dials the server: proxy, TLS and, where asked for or needed, WebSocket. The certificate has been verified when it
 * resolves.
 *
 * @throws {AditError} 9301: not reachable, or not in time. 9302: certificate not trusted. 9303: no TLS, or none of our
 *   protocol there. 9320 to 9323: the proxy. The signal's reason when it aborts.
 */
export async function dialServer(address: ServerAddress, options: DialOptions): Promise<Dialled> {
  const { clock, signal, timeoutMs, proxy } = options;
  signal.throwIfAborted();
  const attempt = new AbortController();
  const abort = () => attempt.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const through = proxy ? ` through the proxy "${proxy.text}"` : '';
  const late = `Cannot connect to "${address.text}"${through}: no answer within ${timeoutMs / 1000} s`;
  const cancelTimeout = clock.after(timeoutMs, () => attempt.abort(new AditError(9301, late)));
  try {
    return await dialers[options.transport](address, { ...options, signal: attempt.signal });
  } catch (error) {
    attempt.signal.throwIfAborted();
    throw error;
  } finally {
    cancelTimeout();
    signal.removeEventListener('abort', abort);
  }
}

const dialers = {
  auto: dialAnyhow,
  tls: async (address: ServerAddress, options: DialOptions) => overTls(await shakeHands(address, 'adit/1', options)),
  websocket: dialWebSocket,
} as const;

async function dialAnyhow(address: ServerAddress, options: DialOptions): Promise<Dialled> {
  const refusal = await shakeHands(address, 'adit/1', options).then(
    (socket) => {
      // Our servers name the protocol. Behind a proxy that says nothing about it, who ended TLS was not the server.
      if (socket.alpnProtocol || !options.proxy) return overTls(socket);
      socket.destroy();
      return new AditError(9303, `Cannot connect to "${address.text}": no agent protocol is served there`);
    },
    (error: unknown) => {
      if (isProtocolRefused(error)) return error;
      throw error;
    },
  );
  if (!(refusal instanceof AditError)) return refusal;
  return await dialWebSocket(address, options).catch((error: unknown) => {
    // That it speaks no WebSocket either says less than what it refused first.
    throw error instanceof AditError && error.code === 9303 ? refusal : error;
  });
}

async function dialWebSocket(address: ServerAddress, options: DialOptions): Promise<Dialled> {
  // Only few need it, and it brings a library along.
  const { openWebSocket } = await import('./web-socket-dial.ts');
  const connection = await shakeHands(address, 'http/1.1', options);
  const abort = () => connection.destroy(options.signal.reason as Error);
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    return { stream: await openWebSocket(connection, address), isAdit: true, reuseWriteMemory: false };
  } catch (error) {
    connection.destroy();
    throw webSocketError(address, error);
  } finally {
    options.signal.removeEventListener('abort', abort);
  }
}

function overTls(socket: TLSSocket): Dialled {
  return { stream: socket, isAdit: socket.alpnProtocol === 'adit/1', reuseWriteMemory: true };
}

async function shakeHands(address: ServerAddress, protocol: string, options: DialOptions): Promise<TLSSocket> {
  const { proxy, signal, context } = options;
  const tunnel = proxy && (await dialByProxy(proxy, address, signal));
  if (signal.aborted) tunnel?.destroy();
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = dialTls(tlsOptions(address, { context, protocol, tunnel }));
  const abort = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const failed = (cause: Error) => reject(dialError(address, socket, cause));
  socket.once('error', failed);
  socket.once('secureConnect', () => {
    socket.off('error', failed).setNoDelay(true);
    resolve(socket);
  });
  return await promise.finally(() => signal.removeEventListener('abort', abort));
}

function tlsOptions(
  { host, port }: ServerAddress,
  { context, protocol, tunnel }: { context: SecureContext; protocol: string; tunnel: Socket | undefined },
): ConnectionOptions {
  const way = tunnel
    ? { socket: tunnel }
    : { port, lookup, autoSelectFamilyAttemptTimeout: connectLimits.addressTimeoutMs };
  return {
    ...way,
    host,
    // Names only: SNI must not carry an address (RFC 6066 §3). Without it Node checks the certificate against `host`.
    ...(isIP(host) ? {} : { servername: host.replace(/\.$/, '') }),
    secureContext: context,
    ALPNProtocols: [protocol],
  };
}

import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  createSecureContext,
  connect as dialTls,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { AditError } from '@adit/contracts';
import type { Clock } from './clock.ts';
import { lookup } from './loopback.ts';
import type { ServerAddress } from './server-address.ts';

export interface Trust {
  /** PEM text of the only roots to trust. */
  readonly caPem?: string | undefined;
  /** The same, from a file. */
  readonly caFile?: string | undefined;
}

export interface DialOptions {
  readonly context: SecureContext;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
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
 * Dials the server and ends the TLS handshake; the certificate has been verified when it resolves. The caller owns the
 * socket. `socket.alpnProtocol` is `adit/1` with our own servers, `false` with one that names no protocol.
 *
 * @throws {AditError} 9301: not reachable. 9302: certificate not trusted. 9303: no TLS, or none of our protocol there.
 *   The signal's reason when it aborts.
 */
export function dialServer(address: ServerAddress, options: DialOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  options.signal.throwIfAborted();
  const socket = dialTls(tlsOptions(address, options.context));
  const abort = () => socket.destroy(asError(options.signal.reason));
  options.signal.addEventListener('abort', abort, { once: true });
  const cancelTimeout = options.clock.after(options.timeoutMs, () => socket.destroy(timedOut(address, options)));
  const settle = () => {
    cancelTimeout();
    options.signal.removeEventListener('abort', abort);
  };
  socket.once('error', (cause) => {
    settle();
    reject(options.signal.aborted ? options.signal.reason : dialError(address, socket, cause));
  });
  socket.once('secureConnect', () => {
    settle();
    socket.removeAllListeners('error').setNoDelay(true);
    resolve(socket);
  });
  return promise;
}

function tlsOptions({ host, port }: ServerAddress, secureContext: SecureContext): ConnectionOptions {
  const family = {
    // Node's 250 ms would give up a good address behind a slow link when the next family is broken.
    autoSelectFamilyAttemptTimeout: 2000,
  };
  return {
    ...family,
    host,
    port,
    // Names only: SNI must not carry an address (RFC 6066 §3). Without it Node checks the certificate against `host`.
    ...(isIP(host) ? {} : { servername: host.replace(/\.$/, '') }),
    secureContext,
    ALPNProtocols: ['adit/1'],
    lookup,
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new AditError(9305);
}

function timedOut(address: ServerAddress, { timeoutMs }: DialOptions): AditError {
  return new AditError(9301, `Cannot connect to "${address.text}": no answer within ${timeoutMs / 1000} s`);
}

/** Reads what failed from facts of the socket and from error codes, never from texts. */
function dialError(address: ServerAddress, socket: TLSSocket, cause: NodeJS.ErrnoException): AditError {
  if (cause instanceof AditError) return cause;
  const failed = (code: 9301 | 9302 | 9303, why: string) =>
    new AditError(code, `Cannot connect to "${address.text}": ${why}`, { cause });
  if (socket.authorizationError) return failed(9302, `its certificate is not trusted (${socket.authorizationError})`);
  const code = cause.code ?? '';
  if (code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') return failed(9303, 'no agent protocol is served there');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return failed(9303, 'it does not speak TLS as we do');
  return failed(9301, reasons[code] ?? `the connection failed (${code || 'no code'})`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name cannot be resolved now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed during the TLS handshake',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
};

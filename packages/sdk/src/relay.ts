import type { Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import { errorCodes, type MuxStream } from '@adit/wire';
import type { Clock } from './clock.ts';
import type { Upstream } from './upstream.ts';
import { dialUpstream, readyEvent, speaksAsWanted } from './upstream-dial.ts';

export interface RelayOptions {
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** True: the server knows our reset codes. False: it has to be told in HTTP (agent protocol, §12.3). */
  readonly hasResetCodes: boolean;
  /** Called once, when the stream is over. Null: bytes were relayed. */
  onClosed(failure: AditError | null): void;
}

const connectTimeoutMs = 10_000;
const lingerMs = 30_000;

/**
 * Carries one visitor connection to the upstream: bytes as they are, both ways, with backpressure and half-close. Takes
 * the stream over. An upstream that cannot be reached is told to the server by reset code; one that breaks off later
 * resets the stream, so that half an answer never looks whole.
 */
export function relay(stream: MuxStream, options: RelayOptions): void {
  const { upstream, clock } = options;
  const socket = dialUpstream(upstream);
  let failure: AditError | null = null;
  let isConnected = false; // TCP is up; TLS may be under way.
  let isReady = false;
  const giveUp = (why: UpstreamFailure) => {
    if (isReady || failure || stream.destroyed) return;
    failure = upstreamError(upstream, why);
    socket.destroy();
    refuse(stream, why, options);
  };
  const cancelTimeout = clock.after(connectTimeoutMs, () => giveUp('timeout'));
  socket.once('connect', () => {
    isConnected = true;
  });
  socket.once(readyEvent(upstream), () => {
    if (!speaksAsWanted(socket, upstream)) return giveUp('protocol');
    isReady = true;
    cancelTimeout();
    stream.pipe(socket);
    socket.pipe(stream);
  });
  socket.on('error', (error) => (isReady ? breakOff(socket, stream) : giveUp(failureOf(error, isConnected))));
  stream.once('close', () => {
    cancelTimeout();
    if (stream.readableEnded && stream.writableFinished) linger(socket, clock);
    else socket.destroy();
    options.onClosed(failure);
  });
}

/** The stream ended in order, but the socket may still have bytes to send: an upstream that does not read is let go. */
function linger(socket: Socket, clock: Clock): void {
  if (socket.writableFinished || socket.destroyed) return;
  socket.once(
    'close',
    clock.after(lingerMs, () => socket.destroy()),
  );
}

/** The upstream is gone. If its answer was whole, that still goes out, and what the visitor sends is dropped. */
function breakOff(socket: Socket, stream: MuxStream): void {
  if (!socket.readableEnded) return stream.reset(errorCodes.streamReset);
  stream.unpipe(socket);
  stream.resume();
}

type UpstreamFailure = 'refused' | 'timeout' | 'unreachable' | 'tls' | 'protocol';

function failureOf(error: NodeJS.ErrnoException, isConnected: boolean): UpstreamFailure {
  if (isConnected) return error.code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' ? 'protocol' : 'tls';
  if (error.code === 'ECONNREFUSED') return 'refused';
  return error.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

const failures = {
  refused: { reset: errorCodes.upstreamRefused, why: 'the connection was refused' },
  timeout: { reset: errorCodes.upstreamTimeout, why: 'no answer' },
  unreachable: { reset: errorCodes.upstreamUnreachable, why: 'the host cannot be reached' },
  tls: { reset: errorCodes.upstreamTls, why: 'TLS failed, or its certificate is not trusted' },
  protocol: { reset: errorCodes.upstreamTls, why: 'it does not speak HTTP/2 over TLS (ALPN "h2")' },
} as const satisfies Record<UpstreamFailure, { reset: number; why: string }>;

function upstreamError(upstream: Upstream, why: UpstreamFailure): AditError {
  return new AditError(why === 'timeout' ? 9001 : 8012, `Cannot reach "${upstream.url}": ${failures[why].why}`);
}

/** An HTTP/2 stream has no place for an answer of HTTP/1; an end without a byte says the same (agent protocol, §12.3). */
function refuse(stream: MuxStream, why: UpstreamFailure, { upstream, hasResetCodes }: RelayOptions): void {
  if (hasResetCodes) return stream.reset(failures[why].reset);
  stream.resume();
  stream.end(upstream.speaks === 'http2' ? undefined : badGateway);
}

const body = 'The agent could not reach the service\n';
const badGateway = [
  'HTTP/1.1 502 Bad Gateway',
  'content-type: text/plain; charset=utf-8',
  `content-length: ${body.length}`,
  'connection: close',
  '',
  body,
].join('\r\n');

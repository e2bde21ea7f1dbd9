import { AditError } from '@adit/contracts';
import { errorCodes, type MuxStream } from '@adit/wire';
import type { NetworkUpstream } from '../upstream/upstream.ts';

export type UpstreamFailure = 'refused' | 'timeout' | 'unreachable' | 'tls' | 'protocol';

/** @param isConnected TCP was up. */
export function failureOf(error: NodeJS.ErrnoException, isConnected: boolean): UpstreamFailure {
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

export function upstreamError({ url }: NetworkUpstream, why: UpstreamFailure): AditError {
  return new AditError(why === 'timeout' ? 9001 : 8012, `Cannot reach "${url}": ${failures[why].why}`);
}

/** How the server is told: by reset code, or where it knows none, in HTTP (agent protocol, §12.3). */
export type Refusal = 'reset' | 'answer' | 'end';

/** An HTTP/2 stream has no place for an answer of HTTP/1, nor has one of other bytes; an end without a byte says the same. */
export function refuse(stream: MuxStream, why: UpstreamFailure, how: Refusal): void {
  if (how === 'reset') return stream.reset(failures[why].reset);
  stream.resume();
  stream.end(how === 'answer' ? badGateway : undefined);
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

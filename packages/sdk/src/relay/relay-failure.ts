import { errorCodes, type MuxStream } from '@adit/wire';
import type { UpstreamFailure } from '../upstream/upstream-failure.ts';

const resetCodes: Readonly<Record<UpstreamFailure, number>> = {
  refused: errorCodes.upstreamRefused,
  timeout: errorCodes.upstreamTimeout,
  unreachable: errorCodes.upstreamUnreachable,
  tls: errorCodes.upstreamTls,
  protocol: errorCodes.upstreamTls,
  // The service may be well: it is the agent that takes no more.
  noFiles: errorCodes.streamRefused,
};

/** How the server is told: by reset code, or where it knows none, in HTTP (agent protocol, §12.3). */
export type Refusal = 'reset' | 'answer' | 'end';

/** An HTTP/2 stream has no place for an answer of HTTP/1, nor has one of other bytes; an end without a byte says the same. */
export function refuse(stream: MuxStream, why: UpstreamFailure, how: Refusal): void {
  if (how === 'reset') return stream.reset(resetCodes[why]);
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

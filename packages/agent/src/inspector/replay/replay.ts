import type { Duplex } from 'node:stream';
import { AditError, toAditError } from '@adit/contracts';
import type { Clock } from '@adit/sdk';
import type { WatchedEndpoint } from '../agent-facts.ts';
import type { TappedCapture } from '../watched-endpoints.ts';
import { http1Message, http2Lines, type ReplayRequest } from './replay-request.ts';
import { sendHttp2 } from './send-http2.ts';

export interface ReplayOptions {
  readonly endpoint: WatchedEndpoint;
  /** What stood before the first request of the connection; may be empty. */
  readonly proxyHeader: Buffer;
  readonly clock: Clock;
  readonly limits: { readonly replayDialTimeoutMs: number; readonly replayTimeoutMs: number };
  /** Sees what is sent and answered, as of every other connection. */
  readonly capture: TappedCapture;
}

/**
 * Sends one request to the upstream over a connection of its own, and reads the answer until it is whole. Follows no
 * redirect: an answer is captured, never acted on.
 *
 * @returns How to wait for its end, once the request is on its way. That never rejects.
 * @throws {AditError} 9201: it cannot be sent. 9001: no connection in time; what `endpoint.open` throws.
 */
export async function startReplay(request: ReplayRequest, options: ReplayOptions): Promise<{ ended: Promise<void> }> {
  const { capture, clock, limits, proxyHeader } = options;
  const send = senderOf(request);
  const stream = await openUpstream(options);
  const ended = Promise.withResolvers<void>();
  let failure: AditError | null = null;
  const cancel = clock.after(limits.replayTimeoutMs, () => {
    failure = new AditError(9001);
    stream.destroy();
  });
  stream.on('error', (cause) => {
    failure ??= new AditError(9005, undefined, { cause });
  });
  let hasBegun = false; // HTTP/2 says other things first.
  stream.on('data', (bytes: Buffer) => {
    capture.fromUpstream(bytes);
    if (hasBegun && capture.isSettled) stream.destroy();
  });
  stream.once('end', () => stream.destroy());
  stream.once('close', () => {
    cancel();
    capture.closed(failure);
    ended.resolve();
  });
  capture.fromVisitor(proxyHeader);
  send(stream, (bytes) => {
    capture.fromVisitor(bytes);
    hasBegun ||= !capture.isSettled;
  });
  return { ended: ended.promise };
}

type Send = (stream: Duplex, see: (bytes: Buffer) => void) => void;

/** @throws {AditError} 9201: it cannot be sent. */
function senderOf(request: ReplayRequest): Send {
  if (request.version === '2') {
    const lines = http2Lines(request);
    return (stream, see) => sendHttp2({ lines, content: request.content }, stream, see);
  }
  const message = http1Message(request);
  return (stream, see) => {
    see(message);
    stream.write(message);
  };
}

async function openUpstream({ endpoint, proxyHeader, clock, limits }: ReplayOptions): Promise<Duplex> {
  const head = proxyHeader.length === 0 ? null : proxyHeader;
  try {
    return await endpoint.open({ head, clock, timeoutMs: limits.replayDialTimeoutMs });
  } catch (cause) {
    throw toAditError(cause);
  }
}

import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import type { Clock } from '../domain/clock.ts';
import { AcmeFailure, failureOfAnswer, readProblem } from './acme-failure.ts';
import type { AcmeLimits } from './acme-limits.ts';

/** As `acme-client` sees an answer. */
export interface AuthorityAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly data: unknown;
}

export type AuthorityRequest = (
  url: string,
  method: string,
  options?: { data?: object; headers?: Record<string, string> },
) => Promise<AuthorityAnswer>;

export interface AuthorityRequestsOptions {
  /** Knows the roots that are trusted. */
  readonly agent: Agent;
  readonly clock: Clock;
  readonly limits: Pick<AcmeLimits, 'answerTimeoutMs' | 'maxAnswerBytes'>;
  readonly userAgent: string;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/**
 * Requests to an authority in place of `acme-client`'s own, which go through whatever proxy the environment names, wait as long
 * as they are told to, and forget what an error said. These go straight there by HTTPS, follow no redirection, and are
 * bounded in time and size.
 *
 * @throws {AcmeFailure} Nobody answers, or the answer is an error other than a used nonce, which the client tries again.
 */
export function authorityRequests(options: AuthorityRequestsOptions): AuthorityRequest {
  return async (url, method, { data, headers = {} } = {}) => {
    const { host } = new URL(url);
    const answer = await exchange(url, { method, data, headers, options }).catch((cause: unknown) => {
      options.signal.throwIfAborted();
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw new AcmeFailure('unreachable', `${host} cannot be reached: ${code}`, { cause });
    });
    if (answer.status < 400 || readProblem(answer.data).type === 'badNonce') return answer;
    throw failureOfAnswer(answer, { host, nowMs: options.clock.timeOfDay() });
  };
}

interface Outgoing {
  readonly method: string;
  readonly data: object | undefined;
  readonly headers: Record<string, string>;
  readonly options: AuthorityRequestsOptions;
}

function exchange(url: string, { method, data, headers, options }: Outgoing): Promise<AuthorityAnswer> {
  const { agent, clock, limits, signal, userAgent } = options;
  return new Promise((resolve, reject) => {
    const body = data && JSON.stringify(data);
    const lines = { 'user-agent': userAgent, ...(body && { 'content-type': 'application/jose+json' }), ...headers };
    const sent = request(url, { method: method.toUpperCase(), agent, signal, headers: lines });
    const cancel = clock.after(limits.answerTimeoutMs, () => sent.destroy(new Error('no answer in time')));
    const fail = (error: unknown): void => {
      cancel();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    sent.on('error', fail);
    sent.on('response', (incoming) => {
      const settled = readAnswer(incoming, limits.maxAnswerBytes).finally(cancel);
      settled.then(resolve, (error: unknown) => {
        sent.destroy();
        fail(error);
      });
    });
    sent.end(body);
  });
}

async function readAnswer(incoming: IncomingMessage, maxBytes: number): Promise<AuthorityAnswer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString();
  const { statusCode = 0, headers } = incoming;
  const isJson = /^application\/(?:[a-z]+\+)?json\b/.test(headers['content-type'] ?? '');
  return { status: statusCode, headers, data: isJson && text !== '' ? (JSON.parse(text) as unknown) : text };
}

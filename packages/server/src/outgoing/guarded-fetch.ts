// The one way in which this server calls addresses that users write: never to where only it can reach.
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AditError } from '@adit/contracts';
import type { PolicyHost } from '@adit/policy-kit';
import { type GuardOptions, guardedLookup, mayCall, refused } from './guard.ts';

/** Default: what modules read is a few kilobytes. */
const maxAnswerBytes = 1024 * 1024;

/**
 * A `fetch` for addresses that users write (SSRF): the address that is connected to is the one that was judged, so a name
 * cannot stand for another one meanwhile. It follows no redirects, keeps no connection, sends no cookies, and reads 1 MiB.
 *
 * @throws {AditError} 9620: not an address to be called. 9621: no answer, or none that can be read. 3601: too long a one.
 */
export function guardedFetch(options: GuardOptions): PolicyHost['fetch'] {
  return async (input, init = {}) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('it is no https address');
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) && !mayCall(literal, options)) throw refused('its address is not public');
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer());
    const answer = await call(url, { request, body, lookup: guardedLookup(options) });
    const resolvedIp = answer.socket.remoteAddress;
    const response = await toResponse(answer);
    return resolvedIp === undefined ? response : Object.assign(response, { resolvedIp });
  };
}

interface Call {
  readonly request: Request;
  readonly body: Buffer | null;
  readonly lookup: LookupFunction;
}

function call(url: URL, { request, body, lookup: guarded }: Call): Promise<IncomingMessage> {
  const { request: send } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(request.headers), ...(body && { 'content-length': String(body.length) }) };
    const options = { method: request.method, headers, lookup: guarded, agent: false, signal: request.signal } as const;
    send(url, options, resolve)
      .on('error', (cause: unknown) => reject(cause instanceof AditError ? cause : failed(cause)))
      .end(body ?? undefined);
  });
}

/** @throws {AditError} As `guardedFetch`: a service may also answer what is no HTTP for a `Response`, such as status 999. */
async function toResponse(answer: IncomingMessage): Promise<Response> {
  try {
    const body = await readBounded(answer);
    const status = answer.statusCode ?? 502;
    const headers = new Headers();
    for (let i = 0; i < answer.rawHeaders.length; i += 2) {
      headers.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '');
    }
    const isEmpty = status === 204 || status === 205 || status === 304;
    return new Response(isEmpty ? null : body, { status, headers });
  } catch (cause) {
    throw cause instanceof AditError ? cause : failed(cause);
  }
}

async function readBounded(answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxAnswerBytes) {
      throw new AditError(3601, `Cannot read the answer: it is longer than ${maxAnswerBytes} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function failed(cause: unknown): AditError {
  return new AditError(9621, 'Cannot call the address: there was no answer', { cause });
}

import { AditError, type ErrorCode, newId, toAditError } from '@adit/contracts';
import type { ConnectFacts } from '@adit/policy-kit';
import { RequestReader, requestHeadText } from '@adit/wire';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { AskedVisitor } from '../../../domain/explanation.ts';
import type { ExchangeHead } from '../exchange.ts';
import { defaultHttpLimits } from '../http-limits.ts';
import { openingHead } from '../websocket/opening.ts';
import { directClient } from './client-address.ts';
import { readRequestHead } from './request-head.ts';
import { upstreamRequestHeaders } from './request-headers.ts';

/** What a request that nobody sent would be to policies. */
export interface AskedHead {
  readonly method: string;
  /** `host` or `host:port`. */
  readonly authority: string;
  /** Lower case, without port. */
  readonly host: string;
  readonly target: string;
  /** All that would be forwarded without policies: name, value, name, value. */
  readonly headers: readonly string[];
  readonly upgrade: readonly string[] | null;
  /** Why no WebSocket could be opened for it here; undefined: one could. */
  readonly openingProblem: ErrorCode | undefined;
}

/** Where it would come, and how. */
export interface AskedArrival {
  readonly connection: ConnectFacts;
  readonly scheme: HttpScheme;
  /** See `VisitorLines`. */
  readonly sendsForwarded: boolean;
  readonly hostHeader: string | null;
  readonly nowMs: number;
}

/**
 * Reads a request that somebody asks about as if its bytes had come from a visitor: by the same parser and the same rules. Lines
 * that say how long its content is are left out, its content says it.
 *
 * @throws {AditError} 9002, 9006: visitors would be refused by it before anybody looks where it goes.
 */
export function readAskedHead(asked: AskedVisitor, { connection, nowMs, ...arrival }: AskedArrival): AskedHead {
  const exchange = parse(asked);
  const head = readRequestHead(exchange, arrival.scheme, defaultHttpLimits);
  const requestId = newId('request', nowMs);
  const headers = upstreamRequestHeaders(exchange, head, { client: directClient(connection), requestId, ...arrival });
  const { text: authority, host } = head.authority;
  const { method, upgrade } = exchange;
  return { method, authority, host, target: head.path, headers, upgrade, openingProblem: openingProblem(exchange) };
}

function openingProblem(exchange: ExchangeHead): ErrorCode | undefined {
  try {
    openingHead(exchange);
    return undefined;
  } catch (error) {
    return toAditError(error).code;
  }
}

function parse({ authority, request }: AskedVisitor): ExchangeHead {
  const { method, path, body } = request;
  const lines = ['Host', authority, ...withoutFraming(request.headers)];
  if (body !== null) lines.push('Content-Length', String(body.length));
  const reader = new RequestReader(defaultHttpLimits);
  reader.feed(Buffer.from(textOf(method, path, lines), 'latin1'));
  if (reader.next() !== 'head') throw new AditError(reader.problem?.kind === 'tooLarge' ? 9006 : 9002);
  const { version, target, headers, length, upgrade } = reader.head;
  return { version, method, target, authority: null, headers, hasBody: length > 0, hasLength: length >= 0, upgrade };
}

function textOf(method: string, path: string, lines: readonly string[]): string {
  try {
    return requestHeadText(method, path, lines);
  } catch (cause) {
    throw new AditError(9002, 'Cannot read the request: it has characters that no request may have', { cause });
  }
}

function withoutFraming(headers: readonly string[]): string[] {
  return headers.flatMap((name, i) => {
    if (i % 2 === 1 || /^(?:content-length|transfer-encoding)$/i.test(name)) return [];
    return [name, headers[i + 1] ?? ''];
  });
}

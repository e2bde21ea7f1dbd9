// What visitors are told when a request cannot be served, for people, programs, terminals and gRPC clients. Which error it
// is, others decide (router, policies, upstream); the words are in the table of packages/contracts.
import type { AditError } from '@adit/contracts';
import { answerHeadText } from '@adit/wire';
import type { AnswerHead, Exchange, HeaderLines } from '../exchange.ts';
import { errorPageSecurityPolicy } from './error-page.ts';
import { grpcErrorLines, isGrpc } from './grpc-error.ts';
import { type ErrorContext, type RenderedError, renderError } from './render-error.ts';

/** A visitor who was told 503 (or 429) may come again after so many seconds: agents reconnect faster than that. */
const retryAfterSeconds = 5;

/**
 * Tells the visitor that the request failed, in the form that its `Accept` asks for; gRPC clients get a status of theirs.
 * Only before an answer was begun.
 */
export function answerError(exchange: Exchange, error: AditError, context: ErrorContext): void {
  if (isGrpc(exchange))
    return answerEmpty(exchange, 200, [...ownLines(error, context), ...grpcErrorLines(error, context)]);
  const rendered = renderError(error, context, headerValue(exchange.headers, 'accept'));
  const hasBody = exchange.method !== 'HEAD';
  const headers = errorLines(error, context, rendered);
  // What else such a visitor sent is not worth reading: it is no HTTP, too much of it, or does not come.
  const isLast = error.code === 9002 || error.code === 9006 || error.code === 9008;
  exchange.answer({ status: error.status, reason: null, headers, hasBody, mayHaveTrailers: false, isLast });
  if (hasBody) exchange.write(rendered.body);
  exchange.end([]);
  exchange.discardBody();
}

/** Sends the visitor to the same path on https. 308 keeps method and body (RFC 9110 §15.4.9). */
export function answerRedirect(exchange: Exchange, location: string): void {
  answerEmpty(exchange, 308, ['location', location, 'content-length', '0', 'cache-control', 'no-store']);
}

/** 200, with a short text that no cache keeps. */
export function answerText(exchange: Exchange, text: string): void {
  const body = Buffer.from(text);
  const headers = ['content-type', 'application/octet-stream', 'content-length', String(body.length)];
  headers.push('cache-control', 'no-store');
  const head = { status: 200, reason: null, headers, hasBody: true, mayHaveTrailers: false, isLast: false };
  answerContent(exchange, head, body);
}

/** A whole answer at once. */
export function answerContent(exchange: Exchange, head: AnswerHead, content: Buffer): void {
  exchange.answer(head);
  if (head.hasBody) exchange.write(content);
  exchange.end([]);
  exchange.discardBody();
}

/** The whole answer to bytes that made no request, for a connection that is closed after it. */
export function rawErrorAnswer(error: AditError, { requestId, date }: { requestId: string; date: string }): string {
  const context = { requestId, host: null };
  const rendered = renderError(error, context, null);
  const lines = [...errorLines(error, context, rendered), 'date', date, 'connection', 'close'];
  const head = answerHeadText(error.status, null, lines);
  return head + rendered.body.toString('latin1');
}

function answerEmpty(exchange: Exchange, status: number, headers: HeaderLines): void {
  exchange.answer({ status, reason: null, headers, hasBody: false, mayHaveTrailers: false, isLast: false });
  exchange.end([]);
  exchange.discardBody();
}

function errorLines(error: AditError, context: ErrorContext, { type, body }: RenderedError): string[] {
  const lines = ownLines(error, context);
  lines.push('x-content-type-options', 'nosniff', 'referrer-policy', 'no-referrer');
  lines.push('content-type', type, 'content-length', String(body.length));
  if (type.startsWith('text/html')) lines.push('content-security-policy', errorPageSecurityPolicy);
  const isTold = context.headers?.includes('retry-after');
  if (!isTold && (error.status === 503 || error.status === 429)) lines.push('retry-after', String(retryAfterSeconds));
  return lines;
}

function ownLines(error: AditError, context: ErrorContext): string[] {
  const { requestId, headers = [] } = context;
  return ['adit-error-code', error.wireCode, 'adit-request-id', requestId, 'cache-control', 'no-store', ...headers];
}

function headerValue(headers: HeaderLines, lowerName: string): string | null {
  let found: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === lowerName)
      found = found === null ? (headers[i + 1] ?? '') : `${found},${headers[i + 1]}`;
  }
  return found;
}

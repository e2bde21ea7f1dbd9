import type { AditError } from '@adit/contracts';
import { acceptedType } from './accepted-type.ts';
import { errorPage, errorPageSecurityPolicy } from './error-page.ts';
import type { Exchange, HeaderLines } from './exchange.ts';

/** What an error answer tells besides the error. Never an internal address, a cause or a policy's reason. */
export interface ErrorContext {
  readonly requestId: string;
  /** The host that was asked for, once it is known to be well-formed. */
  readonly host: string | null;
}

/**
 * Tells the visitor that the request failed: HTML for people, problem+json (RFC 9457) for programs, plain text for
 * terminals. Only before an answer was begun.
 */
export function answerError(exchange: Exchange, error: AditError, context: ErrorContext): void {
  const { type, text } = renderError(error, context, headerValue(exchange.headers, 'accept'));
  const body = Buffer.from(text);
  const headers = [...commonHeaders(error, context), 'content-type', type, 'content-length', String(body.length)];
  if (type.startsWith('text/html')) headers.push('content-security-policy', errorPageSecurityPolicy);
  const hasBody = exchange.method !== 'HEAD';
  const isLast = error.code === 9002 || error.code === 9006;
  const head = { status: error.status, reason: null, headers, hasBody, mayHaveTrailers: false, isLast };
  exchange.answer(head)?.write(body);
  exchange.end([]);
  exchange.discardBody();
}

/** Sends the visitor to the same path on https. 308 keeps method and body (RFC 9110 §15.4.9). */
export function answerRedirect(exchange: Exchange, location: string): void {
  const headers = ['location', location, 'content-length', '0', 'cache-control', 'no-store'];
  exchange.answer({ status: 308, reason: null, headers, hasBody: false, mayHaveTrailers: false, isLast: false });
  exchange.end([]);
  exchange.discardBody();
}

/** The whole answer to bytes that made no request, for a connection that is closed after it. */
export function rawErrorAnswer(error: AditError, requestId: string): string {
  const { text, type } = renderError(error, { requestId, host: null }, null);
  const lines = [...commonHeaders(error, { requestId, host: null }), 'content-type', type];
  lines.push('content-length', String(Buffer.byteLength(text)), 'connection', 'close');
  let head = `HTTP/1.1 ${error.status} ${error.status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n`;
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`;
  return `${head}\r\n${text}`;
}

function commonHeaders(error: AditError, context: ErrorContext): string[] {
  return [
    ...['adit-error-code', error.wireCode, 'adit-request-id', context.requestId],
    ...['cache-control', 'no-store', 'x-content-type-options', 'nosniff', 'referrer-policy', 'no-referrer'],
  ];
}

function renderError(error: AditError, context: ErrorContext, accept: string | null): { type: string; text: string } {
  const { title, help } = error.row;
  switch (acceptedType(accept)) {
    case 'html':
      return { type: 'text/html; charset=utf-8', text: errorPage(error, context) };
    case 'problem':
      return {
        type: 'application/problem+json',
        text: JSON.stringify({
          type: `urn:adit:error:${error.code}`,
          title,
          status: error.status,
          detail: help,
          error_code: error.wireCode,
          request_id: context.requestId,
        }),
      };
    case 'text': {
      const where = context.host === null ? '' : `${context.host}: `;
      return {
        type: 'text/plain; charset=utf-8',
        text: `${where}${title}.\n${help}\n\ncode: ${error.wireCode}\nrequest id: ${context.requestId}\n`,
      };
    }
  }
}

function headerValue(headers: HeaderLines, lowerName: string): string | null {
  let found: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === lowerName)
      found = found === null ? (headers[i + 1] ?? '') : `${found},${headers[i + 1]}`;
  }
  return found;
}

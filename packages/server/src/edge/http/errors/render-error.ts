import type { AditError } from '@adit/contracts';
import { acceptedType } from './accepted-type.ts';
import { errorPage } from './error-page.ts';

/** What an error answer tells besides the error. Never an internal address, a cause or a policy's reason. */
export interface ErrorContext {
  readonly requestId: string;
  /** The host that was asked for, once it is known to be well-formed. */
  readonly host: string | null;
  /** Lines that the answer has besides. Default: none. */
  readonly headers?: readonly string[];
}

export interface RenderedError {
  /** The media type. */
  readonly type: string;
  readonly body: Buffer;
}

/** HTML for people, problem+json (RFC 9457) for programs, plain text for terminals. @param accept Null: not sent. */
export function renderError(error: AditError, context: ErrorContext, accept: string | null): RenderedError {
  switch (acceptedType(accept)) {
    case 'html':
      return { type: 'text/html; charset=utf-8', body: Buffer.from(errorPage(error, context)) };
    case 'problem':
      return { type: 'application/problem+json', body: Buffer.from(problem(error, context)) };
    case 'text':
      return { type: 'text/plain; charset=utf-8', body: Buffer.from(plainText(error, context)) };
  }
}

function problem(error: AditError, { requestId }: ErrorContext): string {
  const { title, help, ownerHelp } = error.row;
  return JSON.stringify({
    type: `urn:adit:error:${error.code}`,
    title,
    status: error.status,
    detail: help,
    ...(ownerHelp !== undefined && { owner_help: ownerHelp }),
    error_code: error.wireCode,
    request_id: requestId,
  });
}

function plainText(error: AditError, { requestId, host }: ErrorContext): string {
  const { title, help, ownerHelp } = error.row;
  const what = host === null ? title : `${host}: ${title}`;
  const forOwner = ownerHelp === undefined ? '' : `If this endpoint is yours: ${ownerHelp}\n`;
  return `${what}.\n${help}\n${forOwner}\ncode: ${error.wireCode}\nrequest id: ${requestId}\n`;
}

import { toAditError } from '@adit/contracts';

/** What the inspector answers. Nothing of it may be kept, guessed at, framed, or run unless it is of our own files. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Nothing but our own files runs or is loaded, and no captured text can become more than text. */
export const safeHeaders: Readonly<Record<string, string>> = Object.freeze({
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
});

export function json(status: number, value: object): Answer {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

export const noContent: Answer = Object.freeze({ status: 204 });

/** An error in the form of the agent's API. */
export function failure(status: number, code: string, message: string): Answer {
  return json(status, { error_code: code, status_code: status, msg: message, details: {} });
}

export function failureOf(cause: unknown): Answer {
  const { status, wireCode, message } = toAditError(cause);
  return failure(status, wireCode, message);
}

/** For the user to save as a file. */
export function download(fileName: string, type: string, body: string): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': type, 'Content-Disposition': `attachment; filename="${fileName}"` },
    body,
  };
}

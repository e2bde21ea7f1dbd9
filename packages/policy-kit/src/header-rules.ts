import { AditError } from '@adit/contracts';

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** RFC 9110 §5.5, in the characters that every upstream reads alike. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A header name that can be sent. */
export function isHeaderName(name: string): boolean {
  return token.test(name);
}

/** A value that stays one line. */
export function isHeaderValue(value: string): boolean {
  return fieldValue.test(value);
}

/** They frame the message or belong to one connection only: who wrote them could hide a second message in the first. */
const framing = [
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** By these the edge tells who the visitor is. */
const identity = ['forwarded', 'x-forwarded', 'x-real-ip'];
const identityPrefixes = ['x-forwarded-', 'adit-', 'ngrok-auth-', 'ngrok-mtls-', 'proxy-'];

/** A name as many services read it: to them `X_User` and `x-user` are one. */
export function comparableHeader(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}

/**
 * Why a policy may not write or remove a header line; null: it may. Spellings with `_` or `.` count as those with `-`, as
 * many services read them alike.
 */
export function reservedHeader(name: string): string | null {
  const comparable = comparableHeader(name);
  if (framing.includes(comparable)) return 'it frames the message, which is the business of the server';
  if (identity.includes(comparable) || identityPrefixes.some((prefix) => comparable.startsWith(prefix))) {
    return 'only the server writes it: services believe it';
  }
  return null;
}

/**
 * A header name that a policy may write or remove, in lower case.
 *
 * @param attempt What it would do; completes "Cannot … the header".
 * @param kept Other names, in lower case, that this policy leaves alone, with the reason.
 * @throws {AditError} 9600: it is none, or not for this policy.
 */
export function checkedHeaderName(
  written: string,
  attempt: string,
  kept: ReadonlyMap<string, string> = noNames,
): string {
  const name = written.toLowerCase();
  const reason = isHeaderName(written) ? (kept.get(name) ?? reservedHeader(written)) : 'it is no name of a header';
  if (reason !== null) throw new AditError(9600, `Cannot ${attempt} the header "${written}": ${reason}`);
  return name;
}

const noNames: ReadonlyMap<string, string> = new Map();

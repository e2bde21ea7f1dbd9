import type { IncomingHttpHeaders } from 'node:http';

/** What tells one version of a file from another. */
export interface Validators {
  /** Strong: it is another for other bytes. */
  readonly etag: string;
  /** Whole seconds. */
  readonly modifiedMs: number;
}

/** 304 or 412 where the conditions of the request ask for it, in the order of RFC 9110 §13.2.2; null: answer as usual. */
export function preconditionStatus(headers: IncomingHttpHeaders, { etag, modifiedMs }: Validators): 304 | 412 | null {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, etag)) return 412;
  } else if (modifiedMs > timeOf(headers['if-unmodified-since'], Number.POSITIVE_INFINITY)) return 412;
  if (ifNoneMatch !== undefined) return listsTag(ifNoneMatch.replaceAll('W/', ''), etag) ? 304 : null;
  return modifiedMs <= timeOf(headers['if-modified-since'], Number.NEGATIVE_INFINITY) ? 304 : null;
}

/** Of If-Range: whether a part of this version is wanted (RFC 9110 §13.1.5). */
export function isSameVersion(ifRange: string, { etag, modifiedMs }: Validators): boolean {
  return ifRange.includes('"') ? ifRange === etag : timeOf(ifRange, Number.NaN) === modifiedMs;
}

function listsTag(list: string, etag: string): boolean {
  return list.trim() === '*' || list.split(',').some((item) => item.trim() === etag);
}

/** What is no date counts as not there. */
function timeOf(text: string | undefined, otherwise: number): number {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? otherwise : time;
}

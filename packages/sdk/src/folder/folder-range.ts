import type { IncomingHttpHeaders } from 'node:http';
import { isSameVersion, type Validators } from './folder-preconditions.ts';

/** Both ends are part of it. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The part of a file that a request asks for (RFC 9110 §14). Null: all of it; also for several parts at once and for what
 * cannot be read, which a server may ignore.
 */
export function readRange(
  headers: IncomingHttpHeaders,
  validators: Validators,
  size: number,
): ByteRange | 'unsatisfiable' | null {
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined || (typeof ifRange === 'string' && !isSameVersion(ifRange, validators))) return null;
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/i.exec(range.trim()) ?? [];
  if (from === '' && to === '') return null;
  if (from === '')
    return Number(to) === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - Number(to)), last: size - 1 };
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return null;
  return first < size ? { first, last } : 'unsatisfiable';
}

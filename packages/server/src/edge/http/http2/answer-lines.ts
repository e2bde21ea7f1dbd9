import type { OutgoingHttpHeaders } from 'node:http2';
import type { HeaderLines } from '../exchange.ts';

/** A final answer's head as node:http2 takes it. It may add lines of its own to the array. */
export function answerLines(status: number, headers: HeaderLines): string[] {
  const lines: string[] = [':status', String(status)];
  for (const text of headers) lines.push(text);
  return lines;
}

/** What a `content-length` line says; -1: there is none. */
export function declaredLength(lines: HeaderLines): number {
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] ?? '';
    if (name.length === 14 && name.toLowerCase() === 'content-length') return Number(lines[i + 1]);
  }
  return -1;
}

/** Interim answers and trailers as node:http2 takes them. */
export function asFields(lines: HeaderLines): OutgoingHttpHeaders {
  // No prototype: `constructor` is a name like any other.
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] ?? '').toLowerCase();
    const value = lines[i + 1] ?? '';
    const before = fields[name];
    fields[name] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}

// The control API as data: one file per resource, its requests and answers. OpenAPI, reference pages and clients are made
// from these. What an operation does and who may call it is in the server (control/, domain/authorize.ts).
import { z } from 'zod';

/** Text of at most that many bytes of UTF-8. No NUL and no half surrogate pairs: not every store can keep those. */
export function text(maxBytes: number) {
  return z
    .string()
    .refine((value) => new TextEncoder().encode(value).length <= maxBytes, `must be at most ${maxBytes} bytes`)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must be valid text without NUL');
}

/** An RFC 3339 time in UTC. */
export function timestamp() {
  return z.iso.datetime();
}

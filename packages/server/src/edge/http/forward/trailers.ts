import type { HeaderLines } from '../exchange.ts';
import { comparableName, headerKind } from './header-names.ts';

// Fields that change framing, routing, authentication, request handling or how content is read must not come after the
// content (RFC 9110 §6.5.1): a recipient that merges trailers into the head would act on them unseen by policy. Those that
// header-names.ts has a kind for are not named again.
const neverTrailers: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'date',
  'expires',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'strict-transport-security',
  'vary',
  'warning',
  'www-authenticate',
]);
const none: HeaderLines = Object.freeze([]);

/** The trailer lines that may cross the edge, in either direction. */
export function passableTrailers(trailers: HeaderLines): HeaderLines {
  if (trailers.length === 0) return none;
  const passed: string[] = [];
  for (let i = 0; i < trailers.length; i += 2) {
    const name = trailers[i] ?? '';
    if (headerKind(name) !== 'plain' || neverTrailers.has(comparableName(name))) continue;
    passed.push(name, trailers[i + 1] ?? '');
  }
  return passed;
}

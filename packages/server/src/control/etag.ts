import type { IncomingHttpHeaders } from 'node:http';
import { AditError } from '@adit/contracts';
import { defaultHeaderLimits } from './header-limits.ts';

/** Entity tags of what has revisions (RFC 9110, 8.8.3). */
export function etagOf({ revision }: { readonly revision: number }): string {
  return `"${revision}"`;
}

/**
 * What `If-Match` asks of an object before it may be changed (RFC 9110, 13.1.1). Without the header everything will do.
 *
 * @throws {AditError} 215: it is no list of entity tags, or too long.
 */
export function expectationOf(headers: IncomingHttpHeaders): (object: { readonly revision: number }) => boolean {
  const text = headers['if-match']?.trim();
  if (text === undefined || text === '*') return () => true;
  const { maxIfMatchChars } = defaultHeaderLimits;
  if (text.length > maxIfMatchChars) {
    throw new AditError(215, `Cannot read the header "If-Match": it is longer than ${maxIfMatchChars} characters`);
  }
  // Not by a pattern with the spaces in it, which would look at a long run of them from each of its places.
  const tags = text.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) {
    throw new AditError(215, 'Cannot read the header "If-Match": it is neither "*" nor a list of entity tags');
  }
  return (object) => tags.includes(etagOf(object));
}

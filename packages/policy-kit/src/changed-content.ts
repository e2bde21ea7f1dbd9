import type { HeaderFields } from './header-fields.ts';

/** Header lines that say something of bytes as they were before a policy changed them (RFC 9110 §8.8, RFC 9530). */
const ofBytes = ['content-md5', 'content-digest', 'digest', 'repr-digest', 'accept-ranges', 'content-encoding'];

/** The content will be other text, not compressed: takes away what would be wrong of it, but its length. */
export function forgetContent(headers: HeaderFields): void {
  for (const name of ofBytes) headers.remove(name);
  const etag = headers.first('etag');
  if (etag !== undefined && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`);
}

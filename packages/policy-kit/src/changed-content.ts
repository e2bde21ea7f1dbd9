import type { HeaderFields } from './header-fields.ts';
import type { PolicyRequest, PolicyResponse } from './messages.ts';

/** Header lines that say something of bytes as they were before a policy changed them (RFC 9110 §8.8, RFC 9530). */
const ofBytes = ['content-md5', 'content-digest', 'digest', 'repr-digest', 'accept-ranges', 'content-encoding'];

/** The content will be other bytes, not compressed: takes away what would be wrong of it, but its length. */
export function forgetContent(headers: HeaderFields): void {
  for (const name of ofBytes) headers.remove(name);
  const etag = headers.first('etag');
  if (etag !== undefined && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`);
}

/** True: it has content, or would have if GET had been asked for in place of HEAD, which is to be told the same (RFC 9110 §9.3.2). */
export function tellsOfContent(
  { method }: Pick<PolicyRequest, 'method'>,
  { status, hasBody }: Pick<PolicyResponse, 'status' | 'hasBody'>,
): boolean {
  if (hasBody === false) return method === 'HEAD' && status !== 204 && status !== 205 && status !== 304;
  return true;
}

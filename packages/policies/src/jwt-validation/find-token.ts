import type { PolicyRequest } from '@adit/policy-kit';
import { bodyFields } from './body-fields.ts';
import { TokenRefused } from './refusal.ts';

/** Where a token is, its expressions filled in. */
export interface Place {
  readonly name: string;
  readonly prefix: string;
}

/** @throws {TokenRefused} `missing`, `several`, `no-prefix`. */
export function tokenInHeader({ headers }: PolicyRequest, place: Place): string {
  return onlyOne(headers.values(place.name), place);
}

/** @throws {TokenRefused} As `tokenInHeader`. @throws {AditError} 9010: the content is longer than `maxBytes`. */
export async function tokenInBody(request: PolicyRequest, place: Place, maxBytes: number): Promise<string> {
  const hasOne = ['POST', 'PUT', 'PATCH'].includes(request.method);
  const fields = hasOne ? await bodyFields(request, maxBytes) : [];
  const name = lowerAscii(place.name);
  const found = fields.filter(([field]) => lowerAscii(field) === name);
  return onlyOne(
    found.map(([, value]) => value),
    place,
  );
}

function onlyOne([value, ...others]: unknown[], { prefix }: Place): string {
  if (value === undefined) throw new TokenRefused('missing');
  if (others.length > 0) throw new TokenRefused('several');
  if (typeof value !== 'string') throw new TokenRefused('malformed');
  // A scheme such as Bearer has no case (RFC 9110 §11.1).
  if (lowerAscii(value.slice(0, prefix.length)) !== lowerAscii(prefix)) throw new TokenRefused('no-prefix');
  return value.slice(prefix.length);
}

/** Other letters have to be the same: some become ASCII in lower case. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

import { type Checks, type Claim, type Delivery, onlyLine, Refused } from '../delivery.ts';
import { isSameText } from '../digests.ts';

/** The secret itself in a header line: says who sends, nothing of what is sent. */
export interface TokenScheme {
  readonly family: 'token';
  readonly header: string;
  /** `basic`: as credentials (RFC 7617), the secret written `user::password`. */
  readonly form: 'plain' | 'basic';
}

export function claimByToken({ header, form }: TokenScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const line = onlyLine(delivery, header);
  // Header lines come as Latin-1: each character is one byte.
  const given = form === 'plain' ? Buffer.from(line, 'latin1').toString() : basicCredentials(line);
  const expected = secrets.flatMap((secret) => (form === 'plain' ? secret : (credentialsOf(secret) ?? [])));
  let isGenuine = false;
  for (const one of expected) isGenuine = (one !== '' && isSameText(one, given)) || isGenuine;
  return { isGenuine, message: [], signedAtMs: null };
}

/** `user:password` of a secret `user::password`; undefined: it is not written so. */
export function credentialsOf(secret: string): string | undefined {
  const mark = secret.indexOf('::');
  return mark < 1 ? undefined : `${secret.slice(0, mark)}:${secret.slice(mark + 2)}`;
}

function basicCredentials(line: string): string {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(line) ?? [];
  if (encoded === undefined) throw new Refused('malformed-signature');
  return Buffer.from(encoded, 'base64').toString();
}

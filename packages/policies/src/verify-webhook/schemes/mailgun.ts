import { bodyFields, type Checks, type Claim, type Delivery, Refused } from '../delivery.ts';
import { decodeDigest, hmac, isAnyOf } from '../digests.ts';
import { keysOf } from '../secret-keys.ts';
import { parseTime } from '../timestamps.ts';

/** Mailgun's own: the signature is a field of the JSON and covers a timestamp and a token, not the rest. */
export interface MailgunScheme {
  readonly family: 'mailgun';
}

export function claimByMailgun(_scheme: MailgunScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const { signature: place } = bodyFields(delivery);
  if (typeof place !== 'object' || place === null) throw new Refused('missing-signature');
  const { timestamp, token, signature } = place as Readonly<Record<string, unknown>>;
  if (timestamp === undefined || token === undefined || signature === undefined) throw new Refused('missing-signature');
  const isTimeText = typeof timestamp === 'string' || typeof timestamp === 'number';
  const given = typeof signature === 'string' ? decodeDigest(signature, 'sha256', 'hex') : undefined;
  // Without fixed lengths a digit could move from the time to the token, and the same signature would be of another day.
  if (!isTimeText || !/^\d{10}$/.test(`${timestamp}`) || typeof token !== 'string' || !given) {
    throw new Refused('malformed-signature');
  }
  const message = [Buffer.from(`${timestamp}${token}`)];
  const expected = secrets.flatMap((secret) => keysOf(secret, 'text')).map((key) => hmac('sha256', key, message));
  return { isGenuine: isAnyOf([given], expected), message, signedAtMs: parseTime(`${timestamp}`, 's') };
}

import { type OtherBody, otherBodies } from '../body-forms.ts';
import { bodyFields, type Checks, type Claim, type Delivery, onlyLine, Refused } from '../delivery.ts';
import { type Encoding, type Hash, hmac, isAnyOf } from '../digests.ts';
import { type KeyForm, keysOf } from '../secret-keys.ts';
import { parseTime, type TimeUnit } from '../timestamps.ts';
import { layOut } from './message-layout.ts';
import { pairValue, signaturesIn } from './signature-lines.ts';

/** One secret, one HMAC over the pieces of the delivery that `message` names: what most providers do. */
export interface HmacScheme {
  readonly family: 'hmac';
  readonly hash: Hash;
  readonly encoding: Encoding;
  /** Header lines with a signature, any of them right; `-*` at the end stands for `-1`, `-2`, …. */
  readonly headers: readonly string[];
  /** What is signed. `{body}`, `{timestamp}`, `{id}`, `{method}`, `{url}` and `{plainUrl}` stand for those of the delivery. */
  readonly message: string;
  /** In front of each signature. */
  readonly prefix?: string;
  readonly isPrefixOptional?: true;
  /** Between the signatures of one line. Default: a line is one signature. */
  readonly separator?: ',' | ' ';
  /** The line is a list of `key=value`, and the signatures are the values of this key. */
  readonly key?: string;
  /** Default: nothing says when it was signed. */
  readonly timestamp?: TimestampPlace;
  /** Header line for `{id}`. */
  readonly id?: string;
  /** Header lines that must be as here. */
  readonly demands?: Readonly<Record<string, string>>;
  /** Default: text. */
  readonly keyForm?: KeyForm;
  /** The provider may have signed another form of the JSON than it sent. */
  readonly otherBody?: OtherBody;
}

/** A header line; a key of the line that has the signature; or a field of the JSON that is signed. */
export interface TimestampPlace {
  readonly in: 'header' | 'pair' | 'body';
  readonly name: string;
  readonly unit: TimeUnit;
}

export function claimByHmac(scheme: HmacScheme, delivery: Delivery, checks: Checks): Claim {
  for (const [name, value] of Object.entries(scheme.demands ?? {})) {
    if (onlyLine(delivery, name) !== value) throw new Refused('malformed-signature');
  }
  const given = signaturesIn(scheme, delivery);
  const timestamp = timestampText(scheme, delivery);
  const id = idText(scheme, delivery);
  const bodies = [delivery.body, ...(scheme.otherBody ? otherBodies[scheme.otherBody](delivery.body) : [])];
  const messages = bodies.map((body) => layOut(scheme.message, { ...delivery, body, timestamp, id }));
  const keys = checks.secrets.flatMap((secret) => keysOf(secret, scheme.keyForm ?? 'text'));
  const signed = messages.find((message) => {
    const expected = keys.map((key) => hmac(scheme.hash, key, message));
    return isAnyOf(given, expected);
  });
  if (!signed) return { isGenuine: false, message: [], signedAtMs: null };
  // Only now: parsing the content is not for strangers to order.
  const signedAt = timestamp ?? fieldText(scheme, delivery);
  const signedAtMs = scheme.timestamp && signedAt !== undefined ? parseTime(signedAt, scheme.timestamp.unit) : null;
  return { isGenuine: true, message: signed, signedAtMs };
}

/** One with a time in it, between points, could hold the true id, the true time and the beginning of the content. */
function idText({ id: header }: HmacScheme, delivery: Delivery): string | undefined {
  const id = header === undefined ? undefined : onlyLine(delivery, header);
  if (id !== undefined && /\.\d+\./.test(id)) throw new Refused('malformed-signature');
  return id;
}

/** Undefined: it is not beside the signature. */
function timestampText({ timestamp, headers }: HmacScheme, delivery: Delivery): string | undefined {
  if (timestamp?.in === 'header') return onlyLine(delivery, timestamp.name);
  return timestamp?.in === 'pair' ? pairValue(onlyLine(delivery, headers[0] ?? ''), timestamp.name) : undefined;
}

/** Undefined: it is not in the content. */
function fieldText({ timestamp }: HmacScheme, delivery: Delivery): string | undefined {
  if (timestamp?.in !== 'body') return undefined;
  const field = bodyFields(delivery)[timestamp.name];
  if (typeof field !== 'number') throw new Refused('missing-signature');
  return String(field);
}

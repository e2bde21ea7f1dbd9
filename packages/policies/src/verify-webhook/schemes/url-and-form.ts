import { type Checks, type Claim, type Delivery, onlyLine, Refused } from '../delivery.ts';
import { decodeDigest, digestOf, hmac, isAnyOf, isSame } from '../digests.ts';
import { keysOf } from '../secret-keys.ts';
import { formFields, queryFields } from './form-fields.ts';

/** HMAC-SHA1 over the URL and then name and value of each field of the form, by name (Twilio, Mandrill). */
export interface UrlAndFormScheme {
  readonly family: 'url-and-form';
  readonly header: string;
  /** A field of the query that has the SHA-256 of a content that is no form, in hexadecimal. Then only the URL is signed. */
  readonly bodyHash?: string;
}

export function claimByUrlAndForm(scheme: UrlAndFormScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const given = decodeDigest(onlyLine(delivery, scheme.header), 'sha1', 'base64');
  if (!given) throw new Refused('malformed-signature');
  const hash = scheme.bodyHash === undefined ? undefined : queryFields(delivery.url).get(scheme.bodyHash);
  const fields = hash ? '' : fieldsText(delivery);
  const messages = portVariants(delivery.url).map((url) => [Buffer.from(url + fields)]);
  const keys = secrets.flatMap((secret) => keysOf(secret, 'text'));
  const expected = messages.flatMap((message) => keys.map((key) => hmac('sha1', key, message)));
  const isBodyCovered = !hash || isBodyOf(delivery, hash);
  return { isGenuine: isAnyOf([given], expected) && isBodyCovered, message: messages[0] ?? [], signedAtMs: null };
}

function fieldsText(delivery: Delivery): string {
  const byName = [...formFields(delivery)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byName
    .map(([name, values]) => [...new Set(values)].sort().map((value) => name + value))
    .flat()
    .join('');
}

function isBodyOf({ body }: Delivery, [hash = '', ...others]: readonly string[]): boolean {
  const given = decodeDigest(hash, 'sha256', 'hex');
  return given !== undefined && others.length === 0 && isSame(given, digestOf('sha256', [body]));
}

/** The URL as it is, without its port, and with the one that its scheme has anyway: senders differ in that. */
function portVariants(url: string): string[] {
  const [, start = '', port, rest = ''] = /^(https?:\/\/[^/?#:]+)(:\d+)?(.*)$/s.exec(url) ?? [];
  if (start === '') return [url];
  const usual = url.startsWith('https:') ? ':443' : ':80';
  return [url, port === undefined ? start + usual + rest : start + rest];
}

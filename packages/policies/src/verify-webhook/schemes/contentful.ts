import { escape } from 'node:querystring';
import { type Checks, type Claim, type Delivery, onlyLine, Refused } from '../delivery.ts';
import { decodeDigest, hmac, isAnyOf } from '../digests.ts';
import { keysOf } from '../secret-keys.ts';
import { parseTime } from '../timestamps.ts';

/** Contentful's own: a canonical form of the request with chosen header lines. */
export interface ContentfulScheme {
  readonly family: 'contentful';
}

const signatureHeader = 'x-contentful-signature';
const namesHeader = 'x-contentful-signed-headers';
const timestampHeader = 'x-contentful-timestamp';
const maxNames = 64;

export function claimByContentful(_scheme: ContentfulScheme, delivery: Delivery, { secrets }: Checks): Claim {
  const given = decodeDigest(onlyLine(delivery, signatureHeader), 'sha256', 'hex');
  const signedAtMs = parseTime(onlyLine(delivery, timestampHeader), 'ms');
  if (!given) throw new Refused('malformed-signature');
  const head = `${delivery.method}\n${canonicalPath(delivery.url)}\n${canonicalHeaders(delivery)}\n`;
  const message = [Buffer.from(head), delivery.body];
  const expected = secrets.flatMap((secret) => keysOf(secret, 'text')).map((key) => hmac('sha256', key, message));
  return { isGenuine: isAnyOf([given], expected), message, signedAtMs };
}

/** The path as it is sent, and the query escaped as a whole, each escaped once more. */
function canonicalPath(url: string): string {
  const [, target = ''] = /^https?:\/\/[^/?]*(.*)$/s.exec(url) ?? [];
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : escape(target.slice(mark + 1));
  return encodeURI(mark < 0 || query === '' ? (target.split('?', 1)[0] ?? '') : `${target.slice(0, mark)}?${query}`);
}

/** `name:value;…` of the lines that are said to be signed; the list itself and the timestamp always are. */
function canonicalHeaders(delivery: Delivery): string {
  const listed = onlyLine(delivery, namesHeader)
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const names = [...new Set([...listed, namesHeader, timestampHeader])].sort();
  if (names.length > maxNames) throw new Refused('malformed-signature');
  return names
    .map((name) => `${name}:${name === namesHeader ? names.join(',') : onlyLine(delivery, name).trim()}`)
    .join(';');
}

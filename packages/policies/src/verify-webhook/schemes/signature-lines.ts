import { type Delivery, onlyLine, Refused } from '../delivery.ts';
import { decodeDigest, type Encoding, type Hash } from '../digests.ts';

/** What signature lines look like; see `HmacScheme`. */
interface SignatureForm {
  readonly hash: Hash;
  readonly encoding: Encoding;
  readonly headers: readonly string[];
  readonly prefix?: string;
  readonly isPrefixOptional?: true;
  readonly separator?: ',' | ' ';
  readonly key?: string;
}

/** More than any provider sends while it replaces keys. */
const maxSignatures = 32;

/**
 * The signatures of a delivery, decoded. Those of other forms (another version, say) are passed over.
 *
 * @throws {Refused} `missing-signature`: no such line; `malformed-signature`: none of that form in it.
 */
export function signaturesIn(form: SignatureForm, delivery: Delivery): Buffer[] {
  const lines = form.headers.flatMap((name) => linesOf(delivery, name));
  if (lines.length === 0) throw new Refused('missing-signature');
  const written = lines.flatMap((line) => (form.key ? pairValues(line, form.key) : split(line, form.separator)));
  const signatures = written.slice(0, maxSignatures).flatMap((text) => {
    const bare = withoutPrefix(text, form);
    const digest = bare === undefined ? undefined : decodeDigest(bare, form.hash, form.encoding);
    return digest ? [digest] : [];
  });
  if (signatures.length === 0) throw new Refused('malformed-signature');
  return signatures;
}

/** The values of one key in a list such as `t=1,v1=a,v1=b`. */
function pairValues(line: string, key: string): string[] {
  return split(line, ',').flatMap((pair) => (pair.startsWith(`${key}=`) ? [pair.slice(key.length + 1)] : []));
}

/** @throws {Refused} `malformed-signature`: the key is not there exactly once. */
export function pairValue(line: string, key: string): string {
  const [value, ...others] = pairValues(line, key);
  if (value === undefined || others.length > 0) throw new Refused('malformed-signature');
  return value;
}

function linesOf(delivery: Delivery, name: string): string[] {
  if (!name.endsWith('-*')) return delivery.headers.has(name) ? [onlyLine(delivery, name)] : [];
  const numbered = [...delivery.headers.toMap().keys()].filter(
    (found) => found.startsWith(name.slice(0, -1)) && /-\d{1,3}$/.test(found),
  );
  return numbered.map((found) => onlyLine(delivery, found));
}

function split(line: string, separator: string | undefined): string[] {
  return (separator ? line.split(separator) : [line]).map((part) => part.trim());
}

function withoutPrefix(text: string, { prefix = '', isPrefixOptional }: SignatureForm): string | undefined {
  if (text.startsWith(prefix)) return text.slice(prefix.length);
  return isPrefixOptional ? text : undefined;
}

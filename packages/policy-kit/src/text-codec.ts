import type { HeaderFields } from './header-fields.ts';

/** From bytes to text and back; what is not changed comes back byte for byte. Both throw `TypeError` on what they cannot. */
export interface TextCodec {
  decode(bytes: Uint8Array): string;
  encode(text: string): Buffer;
}

/**
 * How to read content that is text. `no-text`: its type says that it is something else. `unknown`: it is text, in an encoding
 * that is not known here, or of more types than one. Without a type it is taken for UTF-8.
 */
export function textCodec(headers: HeaderFields): TextCodec | 'no-text' | 'unknown' {
  const [value, ...others] = headers.values('content-type');
  if (others.length > 0) return 'unknown';
  const [type = '', ...parameters] = (value ?? 'text/plain').split(';');
  if (!isText(type.trim().toLowerCase())) return 'no-text';
  const charsets = parameters.flatMap(charsetIn);
  if (charsets.length > 1) return 'unknown';
  return codecs[(charsets[0] ?? 'utf-8').toLowerCase()] ?? 'unknown';
}

/** Without one pattern for all of it, which would try each way to part the spaces of a long one. */
function charsetIn(parameter: string): string[] {
  const [name = '', ...rest] = parameter.split('=');
  if (rest.length === 0 || name.trim().toLowerCase() !== 'charset') return [];
  return [rest.join('=').trim().replace(/^"/, '').replace(/"$/, '')];
}

function isText(type: string): boolean {
  return (
    type.startsWith('text/') ||
    /^[^/]+\/(?:[^/]+\+)?(?:json|xml|yaml)$/.test(type) ||
    /^application\/(?:x-)?(?:javascript|ecmascript|www-form-urlencoded|ndjson|graphql|yaml|toml|sql)$/.test(type)
  );
}

const utf8: TextCodec = {
  // Kept: a byte order mark is content as well.
  decode: (bytes) => withoutNul(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)),
  encode: (text) => Buffer.from(text),
};
/** Also for what is the same but for a few signs: each byte is one character and comes back as it was. */
const latin1: TextCodec = {
  decode: (bytes) => withoutNul(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')),
  encode(text) {
    if (/[^\0-\xff]/.test(text)) throw new TypeError('The encoding of the content lacks a character');
    return Buffer.from(text, 'latin1');
  },
};

/** No text has it; UTF-16 and UTF-32 do, which some readers of JSON, XML and HTML find out by themselves, whatever the type says. */
function withoutNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('The content is no text, or in another encoding than it says');
  return text;
}

const codecs: { readonly [charset: string]: TextCodec | undefined } = {
  __proto__: null as never,
  'utf-8': utf8,
  utf8,
  'us-ascii': utf8,
  ascii: utf8,
  'iso-8859-1': latin1,
  latin1,
  'windows-1252': latin1,
};

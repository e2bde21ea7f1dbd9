import { parse } from 'yaml';
import { z } from 'zod';

/** The words of a key file, not yet checked. */
export interface RawTsigKey {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: string;
}

/** Why a file is no key; without a word of what is in it. */
export class KeyFormatError extends Error {
  override readonly name = 'KeyFormatError';
}

const comment = /("[^"\n]*")|\/\*[^]*?\*\/|(?:\/\/|#)[^\n]*/g;
const statement = /^\s*key\s+(?:"([^"\s]+)"|([^\s"{}]+))\s*\{([^{}]*)\}\s*;\s*$/;
const property = /^\s*(algorithm|secret)\s+(?:"([^"\s]*)"|([^"\s]+))\s*$/;

/** @throws {KeyFormatError} It is not one `key` statement of BIND's. */
export function readBindKey(text: string): RawTsigKey {
  // What stands between quotes is no comment, whatever it begins with.
  const bare = text.replace(comment, (_, quoted: string | undefined) => quoted ?? ' ');
  const [, quotedName, name = quotedName, body] = statement.exec(bare) ?? [];
  if (name === undefined || body === undefined) {
    throw new KeyFormatError('it must hold one key "name" { algorithm hmac-sha256; secret "…"; };');
  }
  const properties = propertiesOf(body);
  return { name, algorithm: properties.get('algorithm') ?? '', secret: properties.get('secret') ?? '' };
}

function propertiesOf(body: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const words of body.split(';').filter((part) => part.trim() !== '')) {
    const [, name, quoted, value = quoted] = property.exec(words) ?? [];
    if (name === undefined || value === undefined || found.has(name)) {
      throw new KeyFormatError('a key has one "algorithm …;" and one "secret …;", nothing else');
    }
    found.set(name, value);
  }
  return found;
}

const knotKey = z.strictObject({ id: z.string(), algorithm: z.string(), secret: z.string() });
const knotKeys = z.strictObject({ key: z.tuple([knotKey]) });

/** @throws {KeyFormatError} It is not one `key:` section of Knot's with one key. */
export function readKnotKey(text: string): RawTsigKey {
  const result = knotKeys.safeParse(parseYaml(text));
  if (!result.success) throw new KeyFormatError('it must hold one "key:" with one entry of id, algorithm and secret');
  const [{ id, algorithm, secret }] = result.data.key;
  return { name: id, algorithm, secret };
}

/** Undefined: it is none. The parser's own messages quote the text. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

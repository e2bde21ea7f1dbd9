// Keys as text. The file, UTF-8 with one "\n" after each line:
//
//   # adit secrets keys 1: the first seals, all of them open; keep private, and apart from backups of the data
//   <id: 16 digits of hex> <key: 43 characters of base64url>
//   …
//
// The environment variable has the keys alone, the one that seals first, with commas between them.
import { AditError } from '@adit/contracts';
import { SecretsKey } from './secrets-key.ts';

const firstLine =
  '# adit secrets keys 1: the first seals, all of them open; keep private, and apart from backups of the data';
const keyLine = /^([0-9a-f]{16}) ([A-Za-z0-9_-]{43})$/;

/** Keys that somebody rotates in and never drops would make the file grow for ever. */
export const maxKeys = 100;

/** At least one key; the first seals. */
export type Keys = readonly [SecretsKey, ...SecretsKey[]];

export function formatKeyFile(keys: Keys): string {
  const lines = keys.map((key) => `${key.id} ${Buffer.from(key.bytes()).toString('base64url')}`);
  return `${[firstLine, ...lines].join('\n')}\n`;
}

/** @throws {AditError} 9242: it is not such a file. The message names the place and the line, never what is in it. */
export function parseKeyFile(text: string, place: string): Keys {
  const [head, ...lines] = text.split('\n');
  if (head !== firstLine) throw unusable(place, 'line 1 is not that of a file of secrets keys');
  if (lines.pop() !== '') throw unusable(place, 'its last line is cut');
  const keys = lines.map((line, i) => {
    const [, id, secret = ''] = keyLine.exec(line) ?? [];
    const key = SecretsKey.parse(secret);
    if (!key || key.id !== id) throw unusable(place, `line ${i + 2} is not a key with its id`);
    return key;
  });
  return checked(keys, place);
}

/** @throws {AditError} 9242: it is not a list of keys. */
export function parseKeyVariable(text: string, place: string): Keys {
  const keys = text.split(',').map((word, i) => {
    const key = SecretsKey.parse(word.trim());
    if (!key) throw unusable(place, `key ${i + 1} is not 43 characters of base64url`);
    return key;
  });
  return checked(keys, place);
}

function checked(keys: readonly SecretsKey[], place: string): Keys {
  const [current, ...older] = keys;
  if (!current) throw unusable(place, 'it has no key');
  if (keys.length > maxKeys) throw unusable(place, `it has more than ${maxKeys} keys`);
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw unusable(place, 'it has a key twice');
  return [current, ...older];
}

function unusable(place: string, why: string): AditError {
  return new AditError(9242, `Cannot use the secrets keys of "${place}": ${why}`);
}

import { EvaluationFailure } from '../evaluation-failure.ts';

/** Decoded; `+` is a space; an escape that is none stays as it is. */
function decodeComponent(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return Buffer.from([...decodeBytes(spaced)]).toString('utf8');
  }
}

/** `application/x-www-form-urlencoded` without the plus signs: everything but letters, digits, `-`, `.`, `_` and `~`. */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Every name with its values, in their order. */
export function parseQuery(query: string): Map<string, string[]> {
  const params = new Map<string, string[]>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decodeComponent(at === -1 ? part : part.slice(0, at));
    const value = at === -1 ? '' : decodeComponent(part.slice(at + 1));
    const values = params.get(name);
    if (values) values.push(value);
    else params.set(name, [value]);
  }
  return params;
}

export function decodeQuery(query: string): Map<string, string | string[]> {
  const entries = [...parseQuery(query)].map(
    ([name, values]) => [name, values.length === 1 ? values[0] : values] as const,
  );
  return new Map(entries as [string, string | string[]][]);
}

/**
 * @param room Told how much is about to be written; throws when that is too much.
 * @throws {EvaluationFailure} A value is neither a text, a number, true or false, nor a list of those.
 */
export function encodeQuery(
  entries: readonly (readonly [unknown, unknown])[],
  room: { take(chars: number): void },
): string {
  const parts = entries.flatMap(([key, value]) => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((item) => {
      const part = [plain(key), plain(item)] as const;
      room.take(part[0].length + part[1].length + 2);
      return part.map(encodeComponent).join('=');
    });
  });
  return parts.sort(byKey).join('&');
}

export function isQuery(text: string): boolean {
  return text !== '' && text.split('&').every((part) => part.includes('=') && isEscaped(part));
}

function isEscaped(part: string): boolean {
  return /^[\w.~!$'()*+,;:@/?=-]*$/.test(part.replace(/%[0-9A-Fa-f]{2}/g, ''));
}

function byKey(a: string, b: string): number {
  const [left = '', right = ''] = [a.split('=', 1)[0], b.split('=', 1)[0]];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (['bigint', 'number', 'boolean'].includes(typeof value)) return String(value);
  throw new EvaluationFailure('a query string has texts, numbers, true and false in it');
}

function* decodeBytes(text: string): Generator<number> {
  const bytes = Buffer.from(text, 'utf8');
  for (let i = 0; i < bytes.length; i++) {
    const hex = bytes[i] === 0x25 ? bytes.toString('latin1', i + 1, i + 3) : '';
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      yield Number.parseInt(hex, 16);
      i += 2;
    } else yield bytes[i] as number;
  }
}

import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { formatText } from './format-text.ts';
import { type FunctionRow, ofEngine, overloads } from './function-row.ts';
import { lower, mapAscii, quote, upper } from './letter-case.ts';

/** What is done with texts. Positions count characters (Unicode code points), not UTF-16 units. */
export function textFunctions(fuel: Fuel): FunctionRow[] {
  return [...positions(fuel), ...parts(fuel), ...cases(fuel)];
}

function positions(fuel: Fuel): FunctionRow[] {
  const first = (text: string, part: string, from = 0n) => {
    const chars = new Characters(text, fuel);
    const start = chars.unit(from);
    return part === '' ? from : chars.position(text.indexOf(part, start));
  };
  const last = (text: string, part: string, until?: bigint) => {
    const chars = new Characters(text, fuel);
    const start = until === undefined ? text.length : chars.unit(until);
    return part === '' ? chars.position(start) : chars.position(text.lastIndexOf(part, start));
  };
  const substring = (text: string, start: bigint, end?: bigint) => {
    const chars = new Characters(text, fuel);
    const [from, to] = [chars.unit(start), end === undefined ? text.length : chars.unit(end)];
    if (to < from) throw new EvaluationFailure('an index is outside of the text');
    return text.slice(from, to);
  };
  return [
    ...overloads('The character at a position; empty right behind the last one.', {
      'string.charAt(int): string': (text: string, at: bigint) => {
        const from = new Characters(text, fuel).unit(at);
        return from === text.length ? '' : String.fromCodePoint(text.codePointAt(from) ?? 0);
      },
    }),
    ...overloads(
      'Where another text first stands in this one, from a position on; -1: nowhere.',
      { 'string.indexOf(string): int': first, 'string.indexOf(string, int): int': first },
      { replaces: true },
    ),
    ...overloads(
      'Where another text last stands in this one, beginning at a position or before; -1: nowhere.',
      { 'string.lastIndexOf(string): int': last, 'string.lastIndexOf(string, int): int': last },
      { replaces: true },
    ),
    ...overloads(
      'The characters from one position up to, not with, another.',
      { 'string.substring(int): string': substring, 'string.substring(int, int): string': substring },
      { replaces: true },
    ),
  ];
}

function parts(fuel: Fuel): FunctionRow[] {
  const split = (text: string, by = ' ', count = -1n) => splitText(fuel, text, { by, count });
  const join = (list: readonly unknown[], by = '') => joinTexts(fuel, list, by);
  return [
    ...overloads('The text with every occurrence of another replaced, or the first few.', {
      'string.replace(string, string): string': (text: string, old: string, by: string) =>
        replaceText(fuel, text, { old, by, count: -1n }),
      'string.replace(string, string, int): string': (...[text, old, by, count]: [string, string, string, bigint]) =>
        replaceText(fuel, text, { old, by, count }),
    }),
    ...overloads('The parts between separators, one space by default; only the first few, if a number is given.', {
      'string.split(): list<string>': split,
    }),
    ...overloads(
      'The parts between separators, one space by default; only the first few, if a number is given.',
      { 'string.split(string): list<string>': split, 'string.split(string, int): list<string>': split },
      { replaces: true },
    ),
    ...overloads(
      'The texts of a list in one, with something between them.',
      { 'list<string>.join(): string': join, 'list<string>.join(string): string': join },
      { replaces: true },
    ),
    ...ofEngine('The text without white space at both ends.', ['string.trim(): string']),
    ...overloads('The characters in reverse.', {
      'string.reverse(): string': (text: string) => {
        fuel.makeText(text.length);
        return Array.from(text).reverse().join('');
      },
    }),
    ...overloads('The text with `%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x` and `%X` replaced by the values of a list.', {
      'string.format(list): string': (text: string, values: readonly unknown[]) => formatText(fuel, text, values),
    }),
  ];
}

function cases(fuel: Fuel): FunctionRow[] {
  const each = (change: (text: string) => string) => (text: string) => {
    fuel.makeText(text.length);
    return change(text);
  };
  return [
    ...overloads('In lower case.', { 'string.lower(): string': each(lower) }),
    ...overloads('In upper case.', { 'string.upper(): string': each(upper) }),
    ...overloads(
      'With the letters A to Z in lower case.',
      { 'string.lowerAscii(): string': each((text) => mapAscii(text, 'lower')) },
      { replaces: true },
    ),
    ...overloads(
      'With the letters a to z in upper case.',
      { 'string.upperAscii(): string': each((text) => mapAscii(text, 'upper')) },
      { replaces: true },
    ),
    ...overloads('In double quotes, with what could not be seen written as escapes.', {
      'strings.quote(string): string': (_: object, text: string) => {
        fuel.makeText(text.length * 2);
        return quote(text);
      },
    }),
  ];
}

/** Positions of a text counted in characters, with a short cut for texts without surrogate pairs. */
class Characters {
  readonly #text: string;
  readonly #isPlain: boolean;

  constructor(text: string, fuel: Fuel) {
    fuel.look(text.length);
    this.#text = text;
    this.#isPlain = !/[\ud800-\udbff]/.test(text);
  }

  /** The UTF-16 unit at which the character of that position begins. */
  unit(position: bigint): number {
    const wanted = Number(position);
    if (wanted < 0 || wanted > this.#text.length) throw new EvaluationFailure('an index is outside of the text');
    if (this.#isPlain) return wanted;
    let unit = 0;
    for (let i = 0; i < wanted; i++) {
      if (unit >= this.#text.length) throw new EvaluationFailure('an index is outside of the text');
      unit += (this.#text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    }
    return unit;
  }

  position(unit: number): bigint {
    if (unit < 0 || this.#isPlain) return BigInt(unit);
    return BigInt(Array.from(this.#text.slice(0, unit)).length);
  }
}

function replaceText(fuel: Fuel, text: string, change: { old: string; by: string; count: bigint }): string {
  const { old, by, count } = change;
  const pieces: string[] = [];
  const max = count < 0n ? Number.POSITIVE_INFINITY : Number(count);
  let [from, length] = [0, text.length];
  fuel.look(text.length);
  while (pieces.length < max) {
    // An empty text is found before every character and behind the last one.
    const at = old === '' ? afterCharacters(text, pieces.length === 0 ? -1 : from) : text.indexOf(old, from);
    if (at === -1) break;
    length += by.length - old.length;
    pieces.push(text.slice(from, at));
    from = at + old.length;
  }
  fuel.burn(pieces.length / 16);
  fuel.makeText(length);
  return [...pieces, text.slice(from)].join(by);
}

/** Where the character at `from` ends; -1 stands before the first one, and is the answer at the end of the text. */
function afterCharacters(text: string, from: number): number {
  if (from === -1) return 0;
  if (from >= text.length) return -1;
  return from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
}

function splitText(fuel: Fuel, text: string, { by, count }: { by: string; count: bigint }): string[] {
  if (count === 0n) return [];
  fuel.look(text.length);
  const parts = by === '' ? Array.from(text) : text.split(by);
  fuel.makeList(parts.length);
  return count < 0n ? parts : parts.slice(0, Number(count));
}

function joinTexts(fuel: Fuel, list: readonly unknown[], by: string): string {
  let length = by.length * Math.max(0, list.length - 1);
  for (const item of list) {
    if (typeof item !== 'string') throw new EvaluationFailure('a list that is joined holds something that is no text');
    length += item.length;
  }
  fuel.makeText(length);
  return list.join(by);
}

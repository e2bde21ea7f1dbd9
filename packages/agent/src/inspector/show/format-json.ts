/** Indented, with every number and string as it stood; or what is wrong, and where (both counted from 1). */
export type FormattedJson =
  | { readonly text: string }
  | { readonly problem: string; readonly line: number; readonly column: number };

export interface FormatLimits {
  readonly maxPrettyCharacters: number;
}

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordToken = /[A-Za-z0-9_+.-]+/y;
const words = new Set(['true', 'false', 'null']);
const indent = '  ';
type Expected = 'value' | 'valueOrEnd' | 'keyOrEnd' | 'key' | 'colon' | 'commaOrEnd' | 'end';

/**
 * Reads JSON (RFC 8259) without making values of it: large numbers keep their digits, and names that come twice stay.
 * Null: it would get longer than allowed.
 */
export function formatJson(text: string, { maxPrettyCharacters }: FormatLimits): FormattedJson | null {
  const formatter = new JsonFormatter(text);
  while (formatter.step()) if (formatter.length > maxPrettyCharacters) return null;
  return formatter.result();
}

class JsonFormatter {
  readonly #text: string;
  readonly #parts: string[] = [];
  readonly #open: ('{' | '[')[] = [];
  #at = 0;
  #expected: Expected = 'value';
  #problem: string | null = null;
  length = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads one token. False: it is over. */
  step(): boolean {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    const character = this.#text[this.#at];
    if (character === undefined) {
      if (this.#expected !== 'end') this.#fail(`the text ends where ${described[this.#expected]} should stand`);
      return false;
    }
    this.#token(character);
    return this.#problem === null;
  }

  result(): FormattedJson {
    if (this.#problem === null) return { text: this.#parts.join('') };
    const before = this.#text.slice(0, this.#at).split('\n');
    return { problem: this.#problem, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }

  #token(character: string): void {
    switch (this.#expected) {
      case 'value':
        return this.#value(character);
      case 'valueOrEnd':
        return character === ']' ? this.#close(character) : this.#first(() => this.#value(character));
      case 'keyOrEnd':
        return character === '}' ? this.#close(character) : this.#first(() => this.#key(character));
      case 'key':
        return this.#key(character);
      case 'colon':
        return character === ':' ? this.#write(': ', 1, 'value') : this.#unexpected();
      case 'commaOrEnd':
        return this.#afterValue(character);
      case 'end':
        return this.#unexpected();
    }
  }

  #first(read: () => void): void {
    this.#newLine();
    read();
  }

  #value(character: string): void {
    if (character === '{' || character === '[') return this.#openContainer(character);
    if (character === '"') return this.#string(this.#afterThisValue());
    const number = match(numberToken, this.#text, this.#at);
    const word = match(wordToken, this.#text, this.#at);
    if (word === '' || (word !== number && !words.has(word))) return this.#unexpected();
    this.#write(word, word.length, this.#afterThisValue());
  }

  #openContainer(character: '{' | '['): void {
    this.#open.push(character);
    this.#write(character, 1, character === '{' ? 'keyOrEnd' : 'valueOrEnd');
  }

  #key(character: string): void {
    if (character === '"') this.#string('colon');
    else this.#unexpected();
  }

  #afterValue(character: string): void {
    const container = this.#open.at(-1);
    if (character === ',') {
      this.#write(',', 1, container === '{' ? 'key' : 'value');
      this.#newLine();
    } else if (character === (container === '{' ? '}' : ']')) this.#close(character);
    else this.#unexpected();
  }

  #close(character: string): void {
    const isEmpty = this.#expected !== 'commaOrEnd';
    this.#open.pop();
    if (!isEmpty) this.#newLine();
    this.#write(character, 1, this.#afterThisValue());
  }

  #afterThisValue(): Expected {
    return this.#open.length === 0 ? 'end' : 'commaOrEnd';
  }

  #string(next: Expected): void {
    const end = stringEnd(this.#text, this.#at);
    if (end < 0) {
      this.#at = -end - 1;
      return this.#fail('the string has a character that must be escaped, a bad escape, or no end');
    }
    this.#write(this.#text.slice(this.#at, end), end - this.#at, next);
  }

  #newLine(): void {
    const text = `\n${indent.repeat(this.#open.length)}`;
    this.#parts.push(text);
    this.length += text.length;
  }

  #write(text: string, taken: number, next: Expected): void {
    this.#parts.push(text);
    this.length += text.length;
    this.#at += taken;
    this.#expected = next;
  }

  #unexpected(): void {
    this.#fail(`${described[this.#expected]} should stand here`);
  }

  #fail(problem: string): void {
    this.#problem = problem;
  }
}

const described: Readonly<Record<Expected, string>> = {
  value: 'a value',
  valueOrEnd: 'a value or "]"',
  keyOrEnd: 'a name in quotes or "}"',
  key: 'a name in quotes',
  colon: '":"',
  commaOrEnd: '"," or the end of the list or object',
  end: 'nothing more',
};

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Behind the closing quote; or, as -1 - position, where it is wrong. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -1 - at;
    if (code !== 0x5c) continue;
    const length = escapeLength(text, at);
    if (length === 0) return -1 - at;
    at += length - 1;
  }
  return -1 - text.length;
}

function escapeLength(text: string, at: number): number {
  const kind = text[at + 1] ?? '';
  if (kind === 'u') return /^[\da-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0;
  return kind !== '' && '"\\/bfnrt'.includes(kind) ? 2 : 0;
}

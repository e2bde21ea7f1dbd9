import { isHeaderName, isHeaderValue } from './header-rules.ts';

/**
 * The header lines of one message: name, value, name, value, in their order and with duplicates, as they would leave. Names
 * are compared without case.
 */
export class HeaderFields {
  /** The lines themselves. Whoever handed them over sees every change. */
  readonly lines: string[];

  constructor(lines: string[]) {
    this.lines = lines;
  }

  /** All values of a name, in their order. */
  values(name: string): string[] {
    const { lines } = this;
    const found: string[] = [];
    for (let i = 0; i < lines.length; i += 2) if (isName(lines[i] as string, name)) found.push(lines[i + 1] as string);
    return found;
  }

  /** The value of the first line of that name. */
  first(name: string): string | undefined {
    const { lines } = this;
    for (let i = 0; i < lines.length; i += 2) if (isName(lines[i] as string, name)) return lines[i + 1];
    return undefined;
  }

  has(name: string): boolean {
    return this.first(name) !== undefined;
  }

  /**
   * One line more, behind all others.
   *
   * @throws {TypeError} It could not be sent: a value with a line break would be two lines.
   */
  add(name: string, value: string): void {
    checkLine(name, value);
    this.lines.push(name, value);
  }

  /** In place of all lines of that name: where the first of them stood, or behind all others. @throws As `add`. */
  set(name: string, value: string): void {
    checkLine(name, value);
    const at = this.#find(name);
    if (at === -1) return this.add(name, value);
    this.lines[at + 1] = value;
    this.#removeFrom(name, at + 2);
  }

  /** Answers whether there was any. */
  remove(name: string): boolean {
    const before = this.lines.length;
    this.#removeFrom(name, 0);
    return this.lines.length < before;
  }

  /** Every name once, lower case, with its values. */
  toMap(): Map<string, string[]> {
    const map = new Map<string, string[]>();
    for (let i = 0; i < this.lines.length; i += 2) {
      const name = (this.lines[i] as string).toLowerCase();
      const values = map.get(name);
      if (values) values.push(this.lines[i + 1] as string);
      else map.set(name, [this.lines[i + 1] as string]);
    }
    return map;
  }

  #find(name: string): number {
    const { lines } = this;
    for (let i = 0; i < lines.length; i += 2) if (isName(lines[i] as string, name)) return i;
    return -1;
  }

  #removeFrom(name: string, start: number): void {
    const { lines } = this;
    let to = start;
    for (let from = start; from < lines.length; from += 2) {
      if (isName(lines[from] as string, name)) continue;
      lines[to] = lines[from] as string;
      lines[to + 1] = lines[from + 1] as string;
      to += 2;
    }
    lines.length = to;
  }
}

function isName(written: string, name: string): boolean {
  return written.length === name.length && (written === name || written.toLowerCase() === name.toLowerCase());
}

function checkLine(name: string, value: string): void {
  if (!isHeaderName(name) || !isHeaderValue(value)) throw new TypeError('Cannot send such a header line');
}

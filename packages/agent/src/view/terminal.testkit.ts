import { Writable } from 'node:stream';

const escapeSequence = /^\p{Cc}\[([0-9;]*)([A-Za-z])/u;

/**
 * A terminal of the usual kind, as far as our screen uses one: text, CR, LF, cursor up, erase line, erase below, colours
 * (ignored), scrolling; a narrower size breaks long lines anew. Throws on anything else.
 */
export class TestTerminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Everything written, as it came. */
  text = '';
  writes = 0;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns = 80, rows = 24) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  /** All lines from the first one ever, without trailing space and empty lines at the end. */
  get shown(): string {
    return this.#lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  resize(columns: number, rows: number): void {
    const width = columns;
    const before = this.#lines.slice(0, this.#row).flatMap((line) => broken(line, width));
    this.#lines = [...before, ...this.#lines.slice(this.#row).flatMap((line) => broken(line, width))];
    this.#row = before.length;
    Object.assign(this, { columns, rows });
    this.emit('resize');
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes++;
    this.text += chunk.toString();
    this.#take(chunk.toString());
    done();
  }

  #take(text: string): void {
    for (let rest = text; rest !== ''; ) {
      const sequence = escapeSequence.exec(rest);
      if (sequence) this.#control(sequence[2] ?? '', Number(sequence[1] || 1));
      else this.#put(rest[0] ?? '');
      rest = rest.slice(sequence?.[0].length ?? 1);
    }
  }

  #control(command: string, count: number): void {
    if (command === 'm') return;
    const top = Math.max(0, this.#lines.length - this.rows);
    if (command === 'A') this.#row = Math.max(top, this.#row - count);
    else if (command === 'K') this.#lines[this.#row] = '';
    else if (command === 'J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    } else throw new Error(`The terminal does not know CSI ${command}`);
  }

  #put(char: string): void {
    if (char === '\n') {
      this.#row++;
      this.#column = 0;
      if (this.#row === this.#lines.length) this.#lines.push('');
    } else if (char === '\r') this.#column = 0;
    else if (char < ' ') throw new Error(`The terminal does not know control character ${char.charCodeAt(0)}`);
    else {
      const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + char + line.slice(this.#column + 1);
      this.#column++;
    }
  }
}

function broken(line: string, width: number): string[] {
  return line.trimEnd().match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
}

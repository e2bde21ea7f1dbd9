import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../command.ts';
import { widthOf } from './plain-text.ts';

/** A place to write to that may be a terminal, and says how large it is. */
export type TerminalOutput = Output & { readonly rows?: number };

const csi = '\u001B[';
const clearLine = `${csi}2K`;
const clearBelow = `${csi}J`;

/**
 * The lines at the bottom of a terminal that are drawn again and again. Nothing but these lines and the cursor's place is
 * touched, no mode of the terminal is changed: however the process ends, there is nothing to put right.
 */
export class LiveArea {
  readonly #output: TerminalOutput;
  #lines: readonly string[] = [];

  constructor(output: TerminalOutput) {
    this.#output = output;
  }

  /** Puts these lines in place of the last ones. Without a change nothing is written. */
  draw(lines: readonly string[]): void {
    if (lines.length === this.#lines.length && lines.every((line, i) => line === this.#lines[i])) return;
    this.#output.write(`${this.#toTop()}${lines.map((line) => `${clearLine}${line}\n`).join('')}${clearBelow}`);
    this.#lines = lines;
  }

  /** Puts text above, into the scrollback. The lines are gone until they are drawn again. */
  print(text: string): void {
    this.#output.write(`${this.#toTop()}${this.#lines.length > 0 ? clearBelow : ''}${text}`);
    this.#lines = [];
  }

  /** Takes the lines away: after a resize the terminal has broken them anew. */
  clear(): void {
    if (this.#lines.length > 0) this.print('');
  }

  /** Leaves the lines standing, for good: others may write below. */
  leave(): void {
    this.#lines = [];
  }

  #toTop(): string {
    const columns = this.#output.columns ?? Number.POSITIVE_INFINITY;
    const rowsOf = (line: string) => Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns));
    const rows = this.#lines.reduce((sum, line) => sum + rowsOf(line), 0);
    return rows === 0 ? '' : `\r${csi}${rows}A`;
  }
}

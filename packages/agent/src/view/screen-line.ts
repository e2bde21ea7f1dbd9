import { styleText } from 'node:util';
import { cut, plainText, widthOf } from './plain-text.ts';
import { defaultViewLimits as limits } from './view-limits.ts';
import { wrapText } from './wrap-text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
  readonly hasColour: boolean;
}

export type Colour = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Columns of a label and the space behind it. */
export const labelWidth = 13;

/** A label and its value, broken into as many lines as it takes, at most `maxLines`. */
export function labelled(
  [label, value, colour]: readonly [label: string, value: string, colour?: Colour],
  size: ScreenSize,
  maxLines: number = limits.maxErrorLines,
): string[] {
  const width = Math.max(1, size.columns - labelWidth);
  return wrapText(plainText(value), width, maxLines).map((line, i) => {
    const head = (i === 0 ? label : '').padEnd(labelWidth);
    return `${paint(head, 'dim', size)}${colour ? paint(line, colour, size) : line}`;
  });
}

/** One line of text without a label, cut to the terminal's width. */
export function indented(text: string, size: ScreenSize, { by, colour }: { by: number; colour?: Colour }): string {
  const line = cut(plainText(text), Math.max(1, size.columns - by));
  return `${' '.repeat(by)}${colour ? paint(line, colour, size) : line}`;
}

/** Padded to so many columns, cut where it is longer. */
export function cell(text: string, columns: number): string {
  const kept = cut(plainText(text), columns);
  return kept + ' '.repeat(Math.max(0, columns - widthOf(kept)));
}

export function paint(text: string, colour: Colour, size: Pick<ScreenSize, 'hasColour'>): string {
  return size.hasColour && text !== '' ? styleText(colour, text, { validateStream: false }) : text;
}

/** `1.2 ms`, `49 ms`, `2.4 s`, `3 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds < 120_000 ? `${Math.round(milliseconds / 1000)} s` : `${Math.round(milliseconds / 60_000)} min`;
}

/** Dark on light whatever the terminal's own colours are: not every camera reads the negative. */
export function paintQr(line: string, size: Pick<ScreenSize, 'hasColour'>): string {
  return size.hasColour ? styleText(['black', 'bgWhiteBright'], line, { validateStream: false }) : line;
}

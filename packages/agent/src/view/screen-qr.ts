import { indented, paintQr, type ScreenSize } from './screen-line.ts';
import { defaultViewLimits as limits } from './view-limits.ts';
import { wrapText } from './wrap-text.ts';

/** A QR code in place of everything else, with its text below if there is room; what to do if there is none for the code. */
export function renderQr(code: readonly string[], text: string, size: ScreenSize): string[] {
  const width = Math.max(0, ...code.map((line) => line.length));
  const hint = indented('q shows the status', size, { by: 0, colour: 'dim' });
  if (width > size.columns || code.length + 1 > size.rows - 1) {
    const needed = `The QR code needs a window of ${width} columns and ${code.length + 2} rows.`;
    return [...wrapText(needed, size.columns, limits.maxErrorLines), hint];
  }
  const below = code.length + 2 <= size.rows - 1 ? [indented(text, size, { by: 0 })] : [];
  return [...code.map((line) => paintQr(line.padEnd(width), size)), ...below, hint];
}

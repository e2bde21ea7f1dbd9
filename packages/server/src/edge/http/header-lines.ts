import type { HeaderLines } from './exchange.ts';

/** The value of the first line of that name; null: there is none. */
export function lineValue(lines: HeaderLines, lowerCaseName: string): string | null {
  for (let i = 0; i < lines.length; i += 2) {
    // Most names differ in length already, and need no lower-casing.
    if (lines[i]?.length === lowerCaseName.length && lines[i]?.toLowerCase() === lowerCaseName) {
      return lines[i + 1] ?? '';
    }
  }
  return null;
}

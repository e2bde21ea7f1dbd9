import type { HeaderLines } from './exchange.ts';

/** The value of the first line of that name; null: there is none. */
export function lineValue(lines: HeaderLines, lowerCaseName: string): string | null {
  for (let i = 0; i < lines.length; i += 2) {
    if (isName(lines[i], lowerCaseName)) return lines[i + 1] ?? '';
  }
  return null;
}

/** The values of all lines of that name. */
export function lineValues(lines: HeaderLines, lowerCaseName: string): string[] {
  return lines.filter((_, i) => i % 2 === 1 && isName(lines[i - 1], lowerCaseName));
}

function isName(name: string | undefined, lowerCaseName: string): boolean {
  // Most names differ in length already, and need no lower-casing.
  return name?.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName;
}

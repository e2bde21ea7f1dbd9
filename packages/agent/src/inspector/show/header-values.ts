import type { HeaderLines } from '@adit/wire';

/** The values of all lines of this name (lower case). */
export function headerValues(lines: HeaderLines, name: string): string[] {
  return headerPairs(lines).flatMap(([other, value]) => (other.toLowerCase() === name ? [value] : []));
}

export function headerPairs(lines: HeaderLines): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < lines.length; at += 2) pairs.push([lines[at] ?? '', lines[at + 1] ?? '']);
  return pairs;
}

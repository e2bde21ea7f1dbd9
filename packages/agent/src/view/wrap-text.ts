import { cut, widthOf } from './plain-text.ts';

/** Breaks at spaces, inside a word only where it is wider than a line; what `maxLines` do not hold is cut off. */
export function wrapText(text: string, columns: number, maxLines: number): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((long) => pieces(long, columns))) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  if (lines.length <= maxLines) return lines;
  const last = `${lines[maxLines - 1] ?? ''}…`;
  return [...lines.slice(0, maxLines - 1), widthOf(last) > columns ? cut(last, columns) : last];
}

function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  let rest = word;
  while (widthOf(rest) > columns) {
    let end = columns;
    while (end > 1 && widthOf(rest.slice(0, end)) > columns) end--;
    found.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...found, rest];
}

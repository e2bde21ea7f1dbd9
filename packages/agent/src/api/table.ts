import { cut, widthOf } from '../view/plain-text.ts';

export interface Column {
  readonly name: string;
  /** One for each row. */
  readonly cells: readonly string[];
}

const gap = 2;
const leastWidth = 8;

/**
 * Columns side by side, in a width. Those that find no room are left out, from the right; the last one that does is cut to
 * what is left for it.
 */
export function table(columns: readonly Column[], { width, isBold }: { width: number; isBold: boolean }): string {
  const fitting: (Column & { width: number })[] = [];
  let used = 0;
  for (const column of columns) {
    const natural = Math.max(...[column.name, ...column.cells].map(widthOf));
    const room = width - used;
    if (fitting.length > 0 && room < Math.min(natural, leastWidth)) break;
    fitting.push({ ...column, width: Math.min(natural, room) });
    used += natural + gap;
  }
  const line = (cellOf: (column: Column) => string) =>
    fitting
      .map((column) => padded(cut(cellOf(column), column.width), column.width + gap))
      .join('')
      .trimEnd();
  const head = line(({ name }) => name.toUpperCase().replaceAll('_', ' '));
  const rows = (columns[0]?.cells ?? []).map((_, i) => line(({ cells }) => cells[i] ?? ''));
  return `${[isBold ? `\x1b[1m${head}\x1b[0m` : head, ...rows].join('\n')}\n`;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

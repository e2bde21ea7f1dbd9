import type { ApiDocument, ApiSchema } from '@adit/contracts';
import type { CommandIo } from '../command.ts';
import { plainText, widthOf } from '../view/plain-text.ts';
import { resolveSchema } from './api-calls.ts';
import { table } from './table.ts';

type Item = Readonly<Record<string, unknown>>;

/** For programs, or long, or told by another field. */
const unimportant = ['uri', 'metadata', 'updated_at'];
/** What every object has counts less than what makes it what it is. */
const last = ['description', 'created_at', 'started_at'];

/** A list as a table of the columns that tell something, the ones that matter most first. */
export function showList(
  document: ApiDocument,
  { items, schema }: { items: readonly Item[]; schema: ApiSchema },
  { stdout, env }: Pick<CommandIo, 'stdout' | 'env'>,
): string {
  if (items.length === 0) return 'None.\n';
  const names = Object.keys(resolveSchema(document, schema).properties ?? items[0] ?? {});
  const ordered = [...names.filter((name) => !last.includes(name)), ...last.filter((name) => names.includes(name))];
  const columns = ordered
    .filter((name) => !unimportant.includes(name))
    .map((name) => ({ name, cells: items.map((item) => cellText(item[name])) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const told = columns.filter(({ cells }, i) => !columns.slice(0, i).some((other) => isSame(other.cells, cells)));
  const isTerminal = stdout.isTTY === true;
  const width = isTerminal ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  return table(told, { width, isBold: isTerminal && !env['NO_COLOR'] });
}

/** One object, a line for each field. */
export function showObject(item: Item): string {
  const names = Object.keys(item).map((name) => plainText(name));
  const width = Math.max(...names.map(widthOf)) + 2;
  const lines = Object.values(item).map((value, i) => `${(names[i] ?? '').padEnd(width)}${cellText(value)}`.trimEnd());
  return `${lines.join('\n')}\n`;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.every((cell, i) => cell === other[i]);
}

/** A value in one line that a terminal only shows. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cellText).join(', ');
  if (typeof value === 'string') return plainText(value);
  // What points at another object is known by its id.
  const id = typeof value === 'object' && 'id' in value ? value.id : undefined;
  return plainText(typeof id === 'string' ? id : JSON.stringify(value));
}

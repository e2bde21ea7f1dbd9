import type { Id, IdKind } from '@adit/contracts';
import type { FilterFields, ListQuery } from '@adit/contracts/api';
import type { Clock } from '../domain/clock.ts';
import { compileFilter, type Filter } from './filter/compile-filter.ts';
import { defaultFilterLimits } from './filter/filter-limits.ts';
import type { FilterScans } from './filter/filter-scans.ts';
import { defaultPageLimits } from './page-limits.ts';
import { parseId } from './parse-id.ts';

/** What a list answers beside its objects, and the objects of this page. */
export interface Page<Shown> {
  readonly items: Shown[];
  readonly uri: string;
  readonly next_page_uri: string | null;
}

export interface PageSource<T extends { readonly id: string }, Shown extends object = object> {
  readonly idKind: IdKind;
  /** Absolute URL of the list. */
  readonly uri: string;
  readonly filterFields: FilterFields;
  /** Newest first, older than `beforeId`. */
  read(from: { readonly beforeId: string | undefined; readonly limit: number }): Promise<readonly T[]> | readonly T[];
  /** How many are read at once, for those that are large. Default: 25. */
  readonly atOnce?: number;
  /** As the API shows it, which is what filters are about. */
  show(item: T): Shown;
}

/** What a filter over a list needs of the server. */
export interface FilterDesk {
  /** Whose call it is. */
  readonly accountId: Id<'account'>;
  readonly clock: Pick<Clock, 'timeOfDay'>;
  readonly scans: FilterScans;
}

/** How the objects of a list are gone over. */
interface Scan {
  isWanted: Filter;
  /** Awaited before each few objects. */
  turn(): Promise<void>;
  /** What is read at once: no more than can be wanted, few enough that the largest are read and parsed in a moment. */
  readonly atOnce: number;
}

const maxReadAtOnce = 25;

/**
 * Reads the page that was asked for. It may have fewer objects than `limit` and still not be the last, if they are large or
 * there is a filter, with which it may even have none: `next_page_uri` says so.
 *
 * @throws {AditError} 250: the filter cannot be used. 227, 9101: it begins at what is no id of that kind. 9130: too many of
 *   the account's filters wait.
 */
export async function readPage<T extends { readonly id: string }, Shown extends object>(
  { limit, before_id, beforeId: alias, filter }: ListQuery,
  source: PageSource<T, Shown>,
  { accountId, clock, scans }: FilterDesk,
): Promise<Page<Shown>> {
  const start = before_id ?? alias;
  if (start !== undefined) parseId(source.idKind, start);
  const readAll = (scan: Scan) => collect(source, { ...scan, limit, start });
  const { atOnce = maxReadAtOnce } = source;
  const readFiltered = async (text: string) => {
    const turn = () => scans.turn();
    await turn();
    const isWanted = await compileFilter(text, source.filterFields, clock.timeOfDay());
    return await readAll({ isWanted, turn, atOnce });
  };
  const { items, beforeId, isLast } = await (filter === undefined
    ? readAll({ isWanted: () => true, turn: async () => undefined, atOnce: Math.min(limit, atOnce) })
    : scans.run(accountId, () => readFiltered(filter)));
  return { items, uri: source.uri, next_page_uri: isLast ? null : nextUri(source.uri, { limit, beforeId, filter }) };
}

async function collect<T extends { readonly id: string }, Shown extends object>(
  source: Pick<PageSource<T, Shown>, 'read' | 'show'>,
  { limit, start, isWanted, turn, atOnce }: Scan & { limit: number; start: string | undefined },
): Promise<{ items: Shown[]; beforeId: string | undefined; isLast: boolean }> {
  const { maxScanned, objectsPerTurn } = defaultFilterLimits;
  const { maxPageBytes } = defaultPageLimits;
  const items: Shown[] = [];
  let [beforeId, scanned, bytes] = [start, 0, 0];
  const isFull = () => items.length === limit || scanned === maxScanned || bytes >= maxPageBytes;
  for (;;) {
    // One more than is taken tells whether there is more.
    const found = await source.read({ beforeId, limit: atOnce + 1 });
    for (const item of found.slice(0, atOnce)) {
      if (isFull()) return { items, beforeId, isLast: false };
      if (scanned % objectsPerTurn === 0) await turn();
      const shown = source.show(item);
      if (isWanted(shown)) {
        items.push(shown);
        bytes += Buffer.byteLength(JSON.stringify(shown));
      }
      beforeId = item.id;
      scanned += 1;
    }
    const isLast = found.length <= atOnce;
    if (isLast || isFull()) return { items, beforeId, isLast };
  }
}

/** `read` for what is all in memory, newest first. */
export function pageOf<T extends { readonly id: string }>(all: readonly T[]): PageSource<T>['read'] {
  return ({ beforeId, limit }) => all.filter(({ id }) => beforeId === undefined || id < beforeId).slice(0, limit);
}

function nextUri(
  uri: string,
  { limit, beforeId, filter }: { limit: number; beforeId: string | undefined; filter: string | undefined },
): string {
  const query = new URLSearchParams({ before_id: beforeId ?? '', limit: String(limit), ...(filter && { filter }) });
  return `${uri}?${query.toString()}`;
}

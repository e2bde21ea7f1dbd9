import type { IdKind } from '@adit/contracts';
import type { FilterFields, ListQuery } from '@adit/contracts/api';
import { compileFilter } from './filter/compile-filter.ts';
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
  /** As the API shows it, which is what filters are about. */
  show(item: T): Shown;
}

const batchSize = 500;
/** A filter that is made to be slow takes half a millisecond for each: others have their turn between so many. */
const objectsPerTurn = 25;
/** Objects that one call looks at for a filter; then it answers what it has found, and where to go on. */
const maxScanned = 10_000;

/**
 * Reads the page that was asked for. With a filter it may have fewer objects than `limit`, even none, and still not be the
 * last: `next_page_uri` says so.
 *
 * @throws {AditError} 250: the filter cannot be used. 227, 9101: it begins at what is no id of that kind.
 */
export async function readPage<T extends { readonly id: string }, Shown extends object>(
  { limit, before_id, beforeId: alias, filter }: ListQuery,
  source: PageSource<T, Shown>,
  nowMs: number,
): Promise<Page<Shown>> {
  const isWanted = filter === undefined ? () => true : await compileFilter(filter, source.filterFields, nowMs);
  const start = before_id ?? alias;
  if (start !== undefined) parseId(source.idKind, start);
  const items: Shown[] = [];
  let [beforeId, scanned, isLast] = [start, 0, false];
  while (items.length < limit && scanned < maxScanned && !isLast) {
    const wanted = filter === undefined ? limit : batchSize;
    // One more than is taken tells whether there is more.
    const found = await source.read({ beforeId, limit: wanted + 1 });
    isLast = found.length <= wanted;
    for (const item of found.slice(0, wanted)) {
      if (items.length === limit) {
        isLast = false;
        break;
      }
      const shown = source.show(item);
      if (isWanted(shown)) items.push(shown);
      beforeId = item.id;
      scanned += 1;
      if (filter !== undefined && scanned % objectsPerTurn === 0) await nextTurn();
    }
  }
  return { items, uri: source.uri, next_page_uri: isLast ? null : nextUri(source.uri, { limit, beforeId, filter }) };
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

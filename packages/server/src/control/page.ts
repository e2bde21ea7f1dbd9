import type { ListQuery } from '@adit/contracts/api';

/** What a list answers beside its objects, and the objects of this page. */
export interface Page<T> {
  readonly items: T[];
  readonly uri: string;
  readonly next_page_uri: string | null;
}

/**
 * Cuts one page.
 *
 * @param found What was found from the query's place on, newest first: one more than `query.limit` if there is more.
 * @param uri Absolute URL of the list.
 */
export function toPage<T extends { readonly id: string }>(found: readonly T[], query: ListQuery, uri: string): Page<T> {
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  const hasMore = found.length > items.length && last !== undefined;
  return { items, uri, next_page_uri: hasMore ? `${uri}?before_id=${last.id}&limit=${query.limit}` : null };
}

import type { DocumentId } from '../domain/document.ts';
import type { PolicyDocument, PolicyRule } from '../policy/document/policy-document.ts';
import { normalizePath } from '../policy/expressions/views/url-view.ts';
import type { RouteBody } from './edge-bodies.ts';
import { forwardTo } from './part-address.ts';

/** A route of an edge, as far as it decides who gets there. */
export interface MatchingRoute extends Pick<RouteBody, 'match' | 'match_type'> {
  readonly id: DocumentId;
}

/**
 * The rules that send each request to its route: the first that matches serves, and those that say more come first: an exact path
 * before a prefix, the longer path before the shorter, one for a host before one for all.
 */
export function routeRules(routes: readonly MatchingRoute[]): PolicyRule[] {
  return routes
    .map((route) => ({ ...route, ...partsOf(route.match) }))
    .sort(
      (a, b) =>
        Number(b.match_type === 'exact_path') - Number(a.match_type === 'exact_path') ||
        b.path.length - a.path.length ||
        Number(b.host !== null) - Number(a.host !== null),
    )
    .map((route) => ({ name: '', expressions: conditionsOf(route), actions: [forwardTo('https', route.id)] }));
}

/**
 * The rules by which a route refuses whom its edge should not have sent: an edge learns a moment after its route that the route is
 * for other paths now, and until then it would have the old ones served by the new modules.
 */
export function guardRules({ match, match_type }: Pick<RouteBody, 'match' | 'match_type'>): PolicyDocument {
  const conditions = conditionsOf({ ...partsOf(match), match_type });
  if (conditions.length === 0) return {};
  const actions = [{ type: 'deny', config: { status_code: 404 } }];
  return { on_http_request: [{ name: '', expressions: [`!(${conditions.join(' && ')})`], actions }] };
}

/** `match` in its one form: the host in lower case, never without a path, and the path as programs send it and expressions see it. */
export function canonicalMatch(match: string): string {
  const { host, path } = partsOf(match);
  return `${host ?? ''}${normalizePath(path.replace(/[^!-~]+/gu, encodeURIComponent))}`;
}

function partsOf(match: string): { host: string | null; path: string } {
  const slash = match.indexOf('/');
  if (slash === 0) return { host: null, path: match };
  const host = (slash === -1 ? match : match.slice(0, slash)).toLowerCase();
  return { host, path: slash === -1 ? '/' : match.slice(slash) };
}

/** A text of JSON is one of CEL. */
function conditionsOf({
  host,
  path,
  match_type,
}: ReturnType<typeof partsOf> & Pick<RouteBody, 'match_type'>): string[] {
  const text = JSON.stringify(path);
  const conditions = host === null ? [] : [`req.host == ${JSON.stringify(host)}`];
  if (match_type === 'exact_path') return [...conditions, `req.url.path == ${text}`];
  return path === '/' ? conditions : [...conditions, `req.url.path.startsWith(${text})`];
}

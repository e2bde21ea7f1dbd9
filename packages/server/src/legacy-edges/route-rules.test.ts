import { describe, expect, test } from 'vitest';
import { canonicalMatch, type MatchingRoute, routeRules } from './route-rules.ts';

const route = (match_type: MatchingRoute['match_type'], match: string): MatchingRoute => ({
  id: `edghtsrt_${match_type}_${match}`,
  match_type,
  match,
});

describe('routeRules()', () => {
  test('has exact paths first, then the longer ones, and of two alike the one for a host', () => {
    const routes = [
      route('path_prefix', '/'),
      route('path_prefix', '/api/v2'),
      route('path_prefix', 'shop.example.com/'),
      route('exact_path', '/a'),
      route('path_prefix', '/api'),
      route('path_prefix', 'shop.example.com/api'),
    ];
    expect(routeRules(routes).map(({ expressions }) => expressions)).toEqual([
      ['req.url.path == "/a"'],
      ['req.url.path.startsWith("/api/v2")'],
      ['req.host == "shop.example.com"', 'req.url.path.startsWith("/api")'],
      ['req.url.path.startsWith("/api")'],
      ['req.host == "shop.example.com"'],
      [],
    ]);
  });

  test('sends each on to its route', () => {
    const [rule] = routeRules([route('path_prefix', '/')]);
    expect(rule?.actions).toEqual([{ type: 'forward-internal', config: { url: 'https://edghtsrt_path_prefix_/' } }]);
  });

  test('lets no text out of its quotes', () => {
    const [rule] = routeRules([route('exact_path', '/a"||true||"')]);
    expect(rule?.expressions).toEqual([String.raw`req.url.path == "/a\"||true||\""`]);
  });
});

test.each([
  ['/', '/'],
  ['/%61dmin/../b', '/b'],
  ['Shop.Example.com', 'shop.example.com/'],
  ['Shop.Example.com/A', 'shop.example.com/A'],
  // As programs send it.
  ['/bücher 1', '/b%C3%BCcher%201'],
  ['/%c3%bc', '/%C3%BC'],
])('canonicalMatch(%j) is %j', (match, expected) => {
  expect(canonicalMatch(match)).toBe(expected);
});

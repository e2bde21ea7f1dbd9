import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizePath, splitUrl, UrlView } from './url-view.ts';

const view = (authority: string, target: string, scheme = 'https') => {
  const [path = '', query] = target.split('?');
  return new UrlView({ scheme, authority, path, query, fragment: undefined });
};

describe('normalizePath() of RFC 3986 §6.2.2', () => {
  test.each([
    ['/', '/'],
    ['/api/items', '/api/items'],
    ['/%61dmin', '/admin'],
    ['/a%2fb%2Fc', '/a%2Fb%2Fc'],
    ['/%40team/%3Aa%3b%26%3D%2b', '/@team/:a;&=+'],
    ['/a%3Fb%23c%25d%5B%22%20', '/a%3Fb%23c%25d%5B%22%20'],
    ['/%7euser/%e2%82%ac', '/~user/%E2%82%AC'],
    ['/a/./b', '/a/b'],
    ['/public/../admin', '/admin'],
    ['/public/%2e%2E/admin', '/admin'],
    ['/../../etc', '/etc'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/...', '/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['//a//b', '//a//b'],
    ['/100%', '/100%'],
    ['/%', '/%'],
    ['*', '*'],
  ])('%s is %s', (path, expected) => {
    expect(normalizePath(path)).toBe(expected);
  });

  test('is done once', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2F', '%', '%61', '%40', 'a', '%zz');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = normalizePath(`/${pieces.join('')}`);
        // What is left of "%" may be an escape now, as in "%%36%31": then it is one of something else.
        fc.pre(!/%(?![0-9A-F]{2})/.test(once));
        expect(normalizePath(once)).toBe(once);
        expect(once.split('/').some((segment) => segment === '.' || segment === '..')).toBe(false);
      }),
    );
  });
});

describe('UrlView', () => {
  test.each([
    ['App.example.com', '/a/../b?c', 'https://app.example.com/b?c', 'https://App.example.com/a/../b?c'],
    ['app.example.com:443', '/', 'https://app.example.com/', 'https://app.example.com:443/'],
    ['app.example.com:8443', '/?', 'https://app.example.com:8443/?', 'https://app.example.com:8443/?'],
    ['u:P@App.example.com', '/', 'https://u:P@app.example.com/', 'https://u:P@App.example.com/'],
    ['[2001:DB8::1]:8443', '/', 'https://[2001:db8::1]:8443/', 'https://[2001:DB8::1]:8443/'],
  ])('of %s and %s is in normal form, and raw', (authority, target, text, raw) => {
    const url = view(authority, target);
    expect([url.text, url.raw]).toEqual([text, raw]);
  });

  test('has a port only where one is written', () => {
    expect(view('a.example', '/').port).toBeUndefined();
    expect(view('a.example:8443', '/').port).toBe(8443n);
    expect(view('[::1]', '/').port).toBeUndefined();
  });

  test('has path, query and both', () => {
    const url = view('a.example', '/%61/b?x=1&y=%20&x=2');
    expect([url.path, url.raw_path, url.query, url.uri]).toEqual([
      '/a/b',
      '/%61/b',
      'x=1&y=%20&x=2',
      '/a/b?x=1&y=%20&x=2',
    ]);
    expect(url.query_params).toEqual(
      new Map([
        ['x', ['1', '2']],
        ['y', [' ']],
      ]),
    );
  });
});

test('splitUrl() takes apart whatever the URL standard of browsers takes, to the same parts', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
      const parts = splitUrl(text);
      const known = new URL(text);
      expect(parts).toBeDefined();
      const url = new UrlView(parts as NonNullable<typeof parts>);
      expect([`${url.scheme}:`, url.host]).toEqual([known.protocol, known.hostname]);
      expect(url.raw).toBe(text);
    }),
  );
});

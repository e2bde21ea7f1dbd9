import { SampleContext, sampleHost } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkedUrl, renderUrl } from './url-text.ts';

const rendered = (text: string, x: string): URL => {
  const host = sampleHost({ x });
  return renderUrl(checkedUrl(text, host), new SampleContext());
};

test.each([
  '${x}',
  '${x}://a.example/',
  'https://${x}/',
  'https://${x}.a.example/',
  'https://a.example${x}',
  'https://a.example:${x}/',
  'https://a.example:80${x}/',
  'https://${x}@a.example/',
  'https://user@a.example/',
  'https://$${x}/',
  'https:/${x}/',
  'https:\\\\a.example/${x}',
  'https://a.example\\${x}',
  ' https://a.example/${x}',
  'https://a.example:99999/',
  'ftp://a.example/',
  'file:///etc/passwd',
  '//a.example/',
  'a.example/',
  'https://a.example/../b',
  'https://a.example/%2E./b',
  'https://a.example/#a',
])('checkedUrl(%j) refuses [invariant: fail-closed]', (text) => {
  expect(() => checkedUrl(text, sampleHost({ x: 'b' }))).toThrow(expect.objectContaining({ code: 9600 }));
});

test.each([
  ['https://a.example', '', 'https://a.example/'],
  ['https://A.internal:8443/${x}', 'b', 'https://a.internal:8443/b'],
  ['https://a.example?q=${x}', '1', 'https://a.example/?q=1'],
  ['HTTPS://A.example:8443/${x}', 'b/c', 'https://a.example:8443/b/c'],
  ['http://[2001:db8::1]:80/${x}', '@b.example', 'http://[2001:db8::1]/@b.example'],
  ['https://a.example/${x}', '/b.example/c', 'https://a.example//b.example/c'],
  ['https://a.example/${x}', ':80', 'https://a.example/:80'],
  ['https://a.example/?${x}', 'a=b&c=d', 'https://a.example/?a=b&c=d'],
  ['https://a.example/${x}', 'ü', 'https://a.example/%C3%BC'],
])('renderUrl(%j) with %j is %j', (text, x, expected) => {
  expect(rendered(text, x).href).toBe(expected);
});

test.each(['?a', '#a', '..', '.', 'a/../b', '%2e%2E', '\\b', 'a b', 'a\n', 'a\0', '\ud800'])(
  'renderUrl() refuses %j from an expression [invariant: fail-closed]',
  (x) => {
    expect(() => rendered('https://a.example/${x}', x)).toThrow(TypeError);
  },
);

test('renderUrl() calls nobody else, whatever an expression says [invariant: fail-closed]', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '@',
    ':',
    '.',
    '?',
    '#',
    '%2e',
    '//',
    'http://',
    'b.example',
    '\t',
    '[',
    ']',
  );
  const value = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(value, fc.constantFrom('https://a.example/${x}', 'https://a.example/p?${x}'), (x, text) => {
      let url: URL;
      try {
        url = rendered(text, x);
      } catch {
        return;
      }
      expect([url.origin, url.username, url.hash]).toEqual(['https://a.example', '', '']);
      if (text.includes('/p?')) expect(url.pathname).toBe('/p');
      else expect(url.search).toBe('');
    }),
  );
});

import { expect, test } from 'vitest';
import type { Call } from './call-text.ts';
import { redirected } from './redirected.ts';

function next(status: number, location: string | null, changes: Partial<Call> = {}): unknown[] | undefined {
  const headers = { 'x-key': 'secret', 'content-type': 'text/plain' };
  const call = { method: 'POST', url: new URL('https://a.example/x/y?z'), headers, body: 'content', ...changes };
  const answer = new Response(null, { status, headers: location === null ? {} : { location } });
  const found = redirected(call, answer);
  return found && [found.method, found.url.href, Object.keys(found.headers).join(), found.body];
}

const get = { method: 'GET', headers: { 'x-key': 'secret' }, body: '' };

test.each([
  [301, 'n', {}, ['GET', 'https://a.example/x/n', 'x-key', '']],
  [302, '/n', {}, ['GET', 'https://a.example/n', 'x-key', '']],
  [302, '/n', { method: 'PUT' }, ['PUT', 'https://a.example/n', 'x-key,content-type', 'content']],
  [303, '/n', { method: 'PUT' }, ['GET', 'https://a.example/n', 'x-key', '']],
  [307, '/n', {}, ['POST', 'https://a.example/n', 'x-key,content-type', 'content']],
  [308, '/n', get, ['GET', 'https://a.example/n', 'x-key', '']],
  [302, '//b.example/n', {}, ['GET', 'https://b.example/n', '', '']],
  [307, 'https://a.example:444/', get, ['GET', 'https://a.example:444/', '', '']],
  [302, 'http://b.example/', { ...get, url: new URL('http://a.example/') }, ['GET', 'http://b.example/', '', '']],
])('redirected() by %i to %j goes there', (status, location, changes, expected) => {
  expect(next(status, location, changes)).toEqual(expected);
});

test.each([
  [200, '/n'],
  [300, '/n'],
  [304, '/n'],
  [302, null],
  [302, 'http://[x/'],
  [302, 'http://a.example/'],
  [302, 'ftp://a.example/'],
  [302, 'https://user@a.example/'],
  [307, 'https://b.example/'],
  [308, 'https://b.example/'],
])('redirected() by %i to %j stays [invariant: fail-closed]', (status, location) => {
  expect(next(status, location)).toBeUndefined();
});

import { expect, test } from 'vitest';
import type { Route } from '../../../domain/route.ts';
import { fakeLink, fakeRoute } from '../http-front.testkit.ts';
import { Router } from './router.ts';

const link = fakeLink(() => {});
const secure = fakeRoute('app.example.test', { link });
const plain = fakeRoute('plain.example.test', { link, scheme: 'http' });
const foreign = fakeRoute('shop.customer.test', { link });
const routes = new Map<string, Route>(
  [secure, plain, foreign].map((r) => [`${r.endpoint.scheme} ${r.endpoint.host}`, r]),
);
const router = new Router({
  routes: {
    find: (scheme, host) => routes.get(`${scheme} ${host}`),
    findPort: () => undefined,
    isOnline: (route) => routes.get(`${route.endpoint.scheme} ${route.endpoint.host}`) === route,
    isHeld: (scheme, host) => scheme === 'https' && host === 'held.example.test',
    awaited: () => undefined,
    isKnownHost: (host) => routes.has(`https ${host}`),
  },
  domain: 'example.test',
  publicUrl: (scheme, host) => `${scheme}://${host}:8443`,
  needsOtherTls: (host) => host === 'mtls.example.test',
});
const https = { scheme: 'https', serverName: 'other.example.test' } as const;
const http = { scheme: 'http', serverName: null } as const;

test('the authority decides, not the server name of the connection', () => {
  expect(router.resolve('app.example.test', https)).toEqual({ kind: 'route', route: secure });
});

test.each([['plain.example.test'], ['unknown.example.test'], ['other.test']])('https %s is offline', (host) => {
  expect(() => router.resolve(host, https)).toThrowError(expect.objectContaining({ code: 3200 }));
});

test('a name that is held for its agent is not offline: whoever asks should come again', () => {
  expect(() => router.resolve('held.example.test', https)).toThrowError(expect.objectContaining({ code: 9009 }));
});

test.each([
  ['held.example.test'],
  ['app.example.test'],
  ['unknown.example.test'],
  ['example.test'],
  ['shop.customer.test'],
])('http %s goes to https', (host) => {
  expect(router.resolve(host, http)).toEqual({ kind: 'redirect', origin: `https://${host}:8443` });
});

test('an http endpoint is served over http', () => {
  expect(router.resolve('plain.example.test', http)).toEqual({ kind: 'route', route: plain });
});

test.each([['evil.test'], ['example.test.evil.test'], ['notexample.test']])('http %s is never redirected', (host) => {
  expect(() => router.resolve(host, http)).toThrowError(expect.objectContaining({ code: 3200 }));
});

test('a host that asks more of TLS than the connection gave is misdirected', () => {
  expect(() => router.resolve('mtls.example.test', https)).toThrowError(expect.objectContaining({ code: 9003 }));
});

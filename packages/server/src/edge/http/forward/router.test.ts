import type { TlsDemands } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { FakeChain } from '../../../domain/fake-chain.testkit.ts';
import type { Route } from '../../../domain/route.ts';
import { fakeLink, fakeRoute } from '../http-front.testkit.ts';
import { Router } from './router.ts';

const link = fakeLink(() => {});
const secure = fakeRoute('app.example.test', { link });
const plain = fakeRoute('plain.example.test', { link, scheme: 'http' });
const foreign = fakeRoute('shop.customer.test', { link });
const demands: TlsDemands = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', certificate: null, clients: null };
const strict = fakeRoute('strict.example.test', { link, chain: new FakeChain({ tls: demands }) });
const routes = new Map<string, Route>(
  [secure, plain, foreign, strict].map((r) => [`${r.endpoint.scheme} ${r.endpoint.host}`, r]),
);
const router = new Router({
  routes: {
    find: (scheme, host) => routes.get(`${scheme} ${host}`),
    findPort: () => undefined,
    current: (route) => routes.get(`${route.endpoint.scheme} ${route.endpoint.host}`),
    isOnline: (route) => routes.get(`${route.endpoint.scheme} ${route.endpoint.host}`) === route,
    isHeld: (scheme, host) => scheme === 'https' && host === 'held.example.test',
    awaited: () => undefined,
    isKnownHost: (host) => routes.has(`https ${host}`),
  },
  domain: 'example.test',
  publicUrl: (scheme, host) => `${scheme}://${host}:8443`,
});
const https = { scheme: 'https', demands: null } as const;
const http = { scheme: 'http', demands: null } as const;

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

test.each([
  ['more', 'strict.example.test', null],
  ['less', 'app.example.test', demands],
  ['something else', 'strict.example.test', { ...demands, minVersion: 'TLSv1.2' as const }],
])('a host that asks for %s than the handshake was made for is misdirected', (_title, host, made) => {
  const connection = { scheme: 'https', demands: made } as const;
  expect(() => router.resolve(host, connection)).toThrowError(expect.objectContaining({ code: 9003 }));
});

test('a host that asks for the same as the handshake was made for is served', () => {
  const connection = { scheme: 'https', demands: { ...demands } } as const;
  expect(router.resolve('strict.example.test', connection)).toEqual({ kind: 'route', route: strict });
});

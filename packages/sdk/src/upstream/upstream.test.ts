import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUpstream } from './upstream.ts';

test.each([
  ['3000', 'http', 'localhost', 3000, 'http://localhost:3000'],
  ['443', 'https', 'localhost', 443, 'https://localhost:443'],
  ['app:8080', 'http', 'app', 8080, 'http://app:8080'],
  ['app:443', 'https', 'app', 443, 'https://app:443'],
  ['http://app:443', 'http', 'app', 443, 'http://app:443'],
  ['http://127.0.0.1', 'http', '127.0.0.1', 80, 'http://127.0.0.1:80'],
  ['HTTPS://Dev.Localhost/', 'https', 'dev.localhost', 443, 'https://dev.localhost:443'],
  ['https://192.0.2.1:8443', 'https', '192.0.2.1', 8443, 'https://192.0.2.1:8443'],
  ['[::1]:5173', 'http', '::1', 5173, 'http://[::1]:5173'],
  ['tcp://db:5432', 'tcp', 'db', 5432, 'tcp://db:5432'],
  ['tls://mail', 'tls', 'mail', 443, 'tls://mail:443'],
  ['TLS://[::1]:993/', 'tls', '::1', 993, 'tls://[::1]:993'],
])('parseUpstream() reads %s', (text, protocol, host, port, url) => {
  const expected = { kind: 'network', protocol, host, port, url, verify: 'unlessLoopback', speaks: 'http1' };
  expect(parseUpstream(text)).toEqual(expected);
});

test.each([
  ['tcp', '443', 'tcp://localhost:443'],
  ['tls', 'app:443', 'tcp://app:443'],
  ['tls', 'https://app', 'https://app:443'],
  ['http', 'app:443', 'https://app:443'],
] as const)('parseUpstream() for an endpoint of %s reads %s as %s', (scheme, text, url) => {
  expect(parseUpstream(text, { scheme }).url).toBe(url);
});

test.each([
  [{}, { verify: 'unlessLoopback' }],
  [{ upstreamVerify: true }, { verify: 'system' }],
  [{ upstreamVerify: false }, { verify: 'never' }],
  [{ upstreamVerify: { caPem: 'roots' } }, { verify: 'system', caPem: 'roots' }],
  [{ upstreamProtocol: 'http2' }, { speaks: 'http2' }],
] as const)('parseUpstream() with %j', (options, expected) => {
  expect(parseUpstream('3000', options)).toMatchObject(expected);
});

test.each([
  ['file:///srv/site', '/srv/site'],
  ['FILE:///srv/my%20site/', '/srv/my site/'],
  ['file:///', '/'],
])('parseUpstream() reads the folder %s', (text, path) => {
  expect(parseUpstream(text)).toEqual({ kind: 'folder', path, url: new URL(text).href });
});

test.each([
  'file://srv/site',
  'file:site',
  'file://',
  'file:///srv?x',
  'file:///srv#x',
  'file:///srv%2fsite',
  'file:///%',
])('parseUpstream() refuses the folder %s with 9304', (text) => {
  expect(() => parseUpstream(text)).toThrow(expect.objectContaining({ code: 9304 }));
});

test('parseUpstream() says how to write a folder that was written relative', () => {
  expect(() => parseUpstream('file://site')).toThrow('write the whole path, as in file:///home/me/site');
});

test('parseUpstream() refuses a folder over HTTP/2', () => {
  expect(() => parseUpstream('file:///srv', { upstreamProtocol: 'http2' })).toThrow(/HTTP\/1\.1/);
});

test.each([
  '',
  '0',
  '65536',
  '-1',
  '3000/',
  'app',
  'localhost',
  'http://',
  'http://3000',
  'http://app/path',
  'http://app?x',
  'http://app#x',
  'ftp://app:21',
  'tcp://app',
  'tcp://',
  'tls://app/x',
  'unix:///run/x',
  'http:app',
  'http://user:pw@app',
  ' 3000',
  '3000 ',
  'http://app:',
  '1.2.3:80',
])('parseUpstream() refuses %j with 9304', (text) => {
  expect(() => parseUpstream(text)).toThrow(expect.objectContaining({ code: 9304 }));
});

test('parseUpstream() does not repeat a value that may hold a password', () => {
  expect(() => parseUpstream('http://user:hunter2@app')).toThrow(/^(?!.*hunter2)/);
});

test('parseUpstream() answers with a URL that reads the same, or fails with 9304, whatever the text', () => {
  const nearly = fc.stringMatching(/^((https?|tcp|tls):\/\/)?[a-z0-9.[\]:_-]{0,12}(:[0-9]{0,6})?\/?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      try {
        const upstream = parseUpstream(text);
        expect(parseUpstream(upstream.url)).toEqual(upstream);
        if (upstream.kind === 'network') expect(new URL(upstream.url).protocol).toBe(`${upstream.protocol}:`);
      } catch (error) {
        expect(error).toBeInstanceOf(AditError);
        expect(error).toHaveProperty('code', 9304);
      }
    }),
  );
});

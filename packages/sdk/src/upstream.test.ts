import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUpstream } from './upstream.ts';

test.each([
  ['3000', 'http', 'localhost', 3000, 'http://localhost:3000', false],
  ['443', 'https', 'localhost', 443, 'https://localhost:443', false],
  ['app:8080', 'http', 'app', 8080, 'http://app:8080', true],
  ['app:443', 'https', 'app', 443, 'https://app:443', true],
  ['http://app:443', 'http', 'app', 443, 'http://app:443', true],
  ['http://127.0.0.1', 'http', '127.0.0.1', 80, 'http://127.0.0.1:80', false],
  ['HTTPS://Dev.Localhost/', 'https', 'dev.localhost', 443, 'https://dev.localhost:443', false],
  ['https://192.0.2.1:8443', 'https', '192.0.2.1', 8443, 'https://192.0.2.1:8443', true],
  ['[::1]:5173', 'http', '::1', 5173, 'http://[::1]:5173', false],
  ['https://notlocalhost', 'https', 'notlocalhost', 443, 'https://notlocalhost:443', true],
])('parseUpstream() reads %s', (text, protocol, host, port, url, verifyCertificate) => {
  expect(parseUpstream(text)).toEqual({ protocol, host, port, url, verifyCertificate, speaks: 'http1' });
});

test('parseUpstream() keeps what the service speaks', () => {
  expect(parseUpstream('3000', 'http2').speaks).toBe('http2');
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
  'file:///srv',
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
  const nearly = fc.stringMatching(/^(https?:\/\/)?[a-z0-9.[\]:_-]{0,12}(:[0-9]{0,6})?\/?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      try {
        const upstream = parseUpstream(text);
        expect(parseUpstream(upstream.url)).toEqual(upstream);
        expect(new URL(upstream.url).protocol).toBe(`${upstream.protocol}:`);
      } catch (error) {
        expect(error).toBeInstanceOf(AditError);
        expect(error).toHaveProperty('code', 9304);
      }
    }),
  );
});

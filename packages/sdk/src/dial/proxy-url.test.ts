import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { parseProxyUrl } from './proxy-url.ts';

test.each([
  [
    'http://proxy.example',
    { kind: 'http', host: 'proxy.example', port: 80, credentials: null, text: 'http://proxy.example:80' },
  ],
  ['proxy.example:3128', { kind: 'http', host: 'proxy.example', port: 3128, text: 'http://proxy.example:3128' }],
  ['HTTP://[::1]:8080/', { kind: 'http', host: '::1', port: 8080, text: 'http://[::1]:8080' }],
  ['socks5://10.0.0.1', { kind: 'socks5', host: '10.0.0.1', port: 1080, text: 'socks5://10.0.0.1:1080' }],
  ['socks5h://s.example:9', { kind: 'socks5', host: 's.example', port: 9 }],
  ['http://me:p%40ss%3A@p.example', { credentials: { user: 'me', password: 'p@ss:' }, text: 'http://p.example:80' }],
  ['http://me@p.example', { credentials: { user: 'me', password: '' } }],
])('parseProxyUrl() reads %s', (text, expected) => {
  expect(parseProxyUrl(text)).toMatchObject(expected);
});

test.each([
  'https://s3cret:s3cret@proxy.example',
  'ftp://s3cret@proxy.example',
  'http://s3cret@',
  'http://s3cret@a b',
  'http://s3cret@host:0',
  'http://s3cret@host/path',
  'http://%zzs3cret@host',
  'http://a%3As3cret:x@host',
  'http://s3cret%0d%0a:x@host',
  'socks5://s3cret@host',
  `socks5://s3cret:${'x'.repeat(256)}@host`,
  '',
])('parseProxyUrl() refuses %j and repeats nothing of it', (text) => {
  let error: unknown;
  try {
    parseProxyUrl(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 9201 });
  expect(inspect(error).replaceAll(/at .*/g, '')).not.toContain('s3cret');
});

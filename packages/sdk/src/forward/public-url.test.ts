import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePublicUrl } from './public-url.ts';

test.each([
  ['', 'https', '', ''],
  ['https://', 'https', '', ''],
  ['http://', 'http', '', ''],
  ['app', 'https', '', 'app'],
  ['http://app', 'http', '', 'app'],
  ['App.Example.com', 'https', 'app.example.com', ''],
  ['https://app.example.com', 'https', 'app.example.com', ''],
  ['https://app.example.com/', 'https', 'app.example.com', ''],
  ['https://app.localhost:8443', 'https', 'app.localhost', ''],
  ['HTTP://app.example.com.', 'http', 'app.example.com', ''],
  ['xn--bcher-kva.example', 'https', 'xn--bcher-kva.example', ''],
  ['*.example.com', 'https', '*.example.com', ''],
  ['https://*.App.example.com:8443', 'https', '*.app.example.com', ''],
  ['*.app', 'https', '*.app', ''],
  ['tls://', 'tls', '', ''],
  ['TLS://app.example.com', 'tls', 'app.example.com', ''],
  ['tls://app', 'tls', '', 'app'],
  ['internal', 'https', '', 'internal'],
])('parsePublicUrl() reads %j', (text, protocol, domain, subdomain) => {
  expect(parsePublicUrl(text)).toEqual({ protocol, domain, subdomain, address: '', isInternal: false });
});

test.each([
  ['tcp://', '', false],
  ['tcp://tcp.example.com:20001', 'tcp.example.com:20001', false],
  ['tcp://tcp.example.com', 'tcp.example.com', false],
  ['tcp://DB.internal:5432/', 'db.internal:5432', true],
])('parsePublicUrl() reads %j as an address', (text, address, isInternal) => {
  expect(parsePublicUrl(text)).toEqual({ protocol: 'tcp', domain: '', subdomain: '', address, isInternal });
});

test.each([
  ['foo.internal', 'https', 'foo.internal'],
  ['http://Foo.Internal.', 'http', 'foo.internal'],
  ['https://foo.internal:8443', 'https', 'foo.internal:8443'],
  ['tls://*.foo.internal', 'tls', '*.foo.internal'],
])('parsePublicUrl() reads %j as an internal name, with its port', (text, protocol, domain) => {
  expect(parsePublicUrl(text)).toEqual({ protocol, domain, subdomain: '', address: '', isInternal: true });
});

test.each([
  ['ssh://', 332],
  ['ftp://app.example.com', 332],
  ['tcp://db.internal', 326],
  ['tcp://127.0.0.1:22', 326],
  ['*', 326],
  ['*.', 326],
  ['*.*.example.com', 326],
  ['app.*.example.com', 326],
  ['*app.example.com', 326],
  ['https://app.example.com/path', 9201],
  ['https://app.example.com?x', 9201],
  ['https://user:hunter2@app.example.com', 9201],
  ['-app', 326],
  ['app-.example.com', 326],
  ['a_b.example.com', 326],
  ['app..example.com', 326],
  ['127.0.0.1', 326],
  ['[::1]', 326],
  ['bücher.example', 326],
  [`${'a'.repeat(64)}.example.com`, 326],
  [`${'a.'.repeat(127)}aa`, 326],
])('parsePublicUrl() refuses %j with %i', (text, code) => {
  expect(() => parsePublicUrl(text)).toThrow(expect.objectContaining({ code }));
});

test('parsePublicUrl() gives every part back in lower case, or a listed error, whatever the text', () => {
  const nearly = fc.stringMatching(/^((https?|tls|tcp):\/\/)?(\*\.)?[A-Za-z0-9.-]{0,20}(:[0-9]{1,5})?\/?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      try {
        const { domain, subdomain, address } = parsePublicUrl(text);
        expect(domain).toMatch(/^(?:(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?)?$/);
        expect(address).toMatch(/^(?:(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?)?$/);
        expect(subdomain).toMatch(/^[a-z0-9-]*$/);
        expect([domain, subdomain, address].filter((part) => part !== '').length).toBeLessThan(2);
      } catch (error) {
        expect([326, 332, 9201]).toContain((error as { code?: unknown }).code);
      }
    }),
  );
});

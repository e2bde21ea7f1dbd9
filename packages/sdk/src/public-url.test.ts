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
])('parsePublicUrl() reads %j', (text, protocol, domain, subdomain) => {
  expect(parsePublicUrl(text)).toEqual({ protocol, domain, subdomain });
});

test.each([
  ['tcp://', 332],
  ['tls://app.example.com', 332],
  ['https://app.example.com/path', 9201],
  ['https://app.example.com?x', 9201],
  ['https://user:hunter2@app.example.com', 9201],
  ['-app', 326],
  ['app-.example.com', 326],
  ['a_b.example.com', 326],
  ['*.example.com', 326],
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
  const nearly = fc.stringMatching(/^(https?:\/\/)?[A-Za-z0-9.-]{0,20}(:[0-9]{1,5})?\/?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      try {
        const { domain, subdomain } = parsePublicUrl(text);
        expect(domain).toMatch(/^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+)?$/);
        expect(subdomain).toMatch(/^[a-z0-9-]*$/);
        expect(domain === '' || subdomain === '').toBe(true);
      } catch (error) {
        expect([326, 332, 9201]).toContain((error as { code?: unknown }).code);
      }
    }),
  );
});

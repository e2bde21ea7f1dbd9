import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EndpointScheme } from '../domain/endpoint.ts';
import { thrownCode } from '../domain/thrown-code.testkit.ts';
import { parseRequestedName } from './requested-name.ts';

const rules = { domain: 'example.com', publicPort: (scheme: EndpointScheme) => (scheme === 'https' ? 8443 : 80) };
const localhostRules = { ...rules, domain: 'localhost' };

const parse = (text: string, scheme: EndpointScheme = 'https') => parseRequestedName(text, scheme, rules);

describe('parseRequestedName() accepts', () => {
  test.each<[requested: string, host: string | null]>([
    ['app', 'app.example.com'],
    ['APP', 'app.example.com'],
    ['app.', 'app.example.com'],
    ['app.example.com', 'app.example.com'],
    ['App.Example.COM.', 'app.example.com'],
    ['a.b.example.com', 'a.b.example.com'],
    ['www.app.example.com', 'www.app.example.com'],
    ['app.example.com:8443', 'app.example.com'],
    ['https://app.example.com', 'app.example.com'],
    ['HTTPS://app.example.com:8443/', 'app.example.com'],
    ['https://app', 'app.example.com'],
    ['123', '123.example.com'],
    ['127', '127.example.com'],
    ['münchen', 'xn--mnchen-3ya.example.com'],
    ['app。example。com', 'app.example.com'],
    ['ａｐｐ.example.com', 'app.example.com'],
    ['xn--mnchen-3ya.example.com', 'xn--mnchen-3ya.example.com'],
    ['apis', 'apis.example.com'],
    ['x-8080y', 'x-8080y.example.com'],
    [`${'a'.repeat(63)}`, `${'a'.repeat(63)}.example.com`],
    ['', null],
    ['https://', null],
  ])('%j as %j', (requested, host) => {
    expect(parse(requested)).toBe(host);
  });

  test('several labels below localhost, and one', () => {
    expect(parseRequestedName('a.b.localhost', 'https', localhostRules)).toBe('a.b.localhost');
    expect(parseRequestedName('app', 'https', localhostRules)).toBe('app.localhost');
  });

  test('http:// and its own port for an http endpoint', () => {
    expect(parse('http://app.example.com:80', 'http')).toBe('app.example.com');
  });
});

describe('parseRequestedName() refuses', () => {
  test.each<[requested: string, code: number]>([
    // Not a domain name (326).
    ['a..b.example.com', 326],
    ['.app.example.com', 326],
    ['app..', 326],
    ['.', 326],
    ['-app.example.com', 326],
    ['app-.example.com', 326],
    ['a_b.example.com', 326],
    ['a b.example.com', 326],
    ['a%62.example.com', 326],
    ['app.example.com/path', 326],
    ['app.example.com?x', 326],
    ['user@app.example.com', 326],
    ['a\\b.example.com', 326],
    ['[::1]', 326],
    ['*.example.com', 326],
    ['app.example.com\0', 326],
    ['app.example.com\n', 326],
    ['app／x.example.com', 326],
    [`${'a'.repeat(64)}`, 326],
    [`${'a.'.repeat(130)}example.com`, 326],
    ['a'.repeat(5000), 326],
    // Another scheme or port (326).
    ['http://app.example.com', 326],
    ['tcp://app.example.com', 326],
    ['https://app.example.com:443', 326],
    ['app.example.com:80', 326],
    [':8443', 326],
    ['app.example.com:', 326],
    // Outside (319).
    ['app.example.org', 319],
    ['appexample.com', 319],
    ['app.localhost', 319],
    ['127.0.0.1', 319],
    ['127.1', 319],
    ['0x7f.1', 319],
    // The server's own (9404).
    ['example.com', 9404],
    ['EXAMPLE.com.', 9404],
    ['connect', 9404],
    ['api.example.com', 9404],
    ['API', 9404],
    ['dashboard', 9404],
    ['auth', 9404],
    ['cp', 9404],
    ['tunnels', 9404],
    ['www', 9404],
    ['admin', 9404],
    ['status', 9404],
    ['mail', 9404],
    ['x.api.example.com', 9404],
    ['abc-8080', 9404],
    ['abc-8080.eu.example.com', 9404],
    ['eu.abc-8080.example.com', 9404],
    ['ａｐｉ', 9404],
  ])('%j with %d', (requested, code) => {
    expect(thrownCode(() => parse(requested))).toBe(code);
  });

  test('the domain localhost itself', () => {
    expect(thrownCode(() => parseRequestedName('localhost', 'https', localhostRules))).toBe(9404);
  });
});

describe('parseRequestedName(), for any text,', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.domain(),
    fc.webUrl(),
    fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('', '.example.com', '.EXAMPLE.com.'))
      .map(([name, tail]) => name + tail),
  );

  function hostOrNull(text: string): string | null {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof AditError && [319, 326, 9404].includes(error.code)) return null;
      throw error;
    }
  }

  test('answers a strict host name below the domain, or refuses with a code', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const host = hostOrNull(text);
        if (host !== null) expect(host).toMatch(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+example\.com$/);
      }),
    );
  });

  test('answers the same for its own answer', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const host = hostOrNull(text);
        if (host !== null) expect(parse(host)).toBe(host);
      }),
    );
  });
});

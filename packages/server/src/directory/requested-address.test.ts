import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EndpointScheme } from '../domain/endpoint.ts';
import { thrownCode } from '../domain/thrown-code.testkit.ts';
import { type NameRules, parseRequestedAddress } from './requested-address.ts';

const rules: NameRules = {
  domain: 'example.com',
  isOwn: () => false,
  tcpPorts: { first: 20_000, last: 20_999 },
  publicPort: (scheme) => (scheme === 'http' ? 80 : 8443),
};
const localhostRules = { ...rules, domain: 'localhost' };

const parse = (text: string, scheme: EndpointScheme = 'https') =>
  parseRequestedAddress(text, scheme, rules)?.host ?? null;

describe('parseRequestedAddress() accepts', () => {
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
    ['*.APP.example.com.', '*.app.example.com'],
    ['https://*.App.example.com:8443', '*.app.example.com'],
    ['*.a.b.example.com', '*.a.b.example.com'],
    ['', null],
    ['https://', null],
  ])('%j as %j', (requested, host) => {
    expect(parse(requested)).toBe(host);
  });

  test('several labels below localhost, and one', () => {
    expect(parseRequestedAddress('a.b.localhost', 'https', localhostRules)?.host).toBe('a.b.localhost');
    expect(parseRequestedAddress('app', 'https', localhostRules)?.host).toBe('app.localhost');
  });

  test('http:// and its own port for an http endpoint', () => {
    expect(parse('http://app.example.com:80', 'http')).toBe('app.example.com');
  });
});

describe('parseRequestedAddress() refuses', () => {
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
    ['*', 326],
    ['*.', 326],
    ['*.*.app', 326],
    ['a.*.example.com', 326],
    ['a*.example.com', 326],
    ['*a.example.com', 326],
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
    ['*.com', 319],
    ['*.app', 319],
    ['*.example.org', 319],
    ['127.0.0.1', 319],
    ['127.1', 319],
    ['0x7f.1', 319],
    // The server's own (9404).
    ['*.example.com', 9404],
    ['*.EXAMPLE.com.', 9404],
    ['*.api.example.com', 9404],
    ['*.abc-8080.example.com', 9404],
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
    expect(thrownCode(() => parseRequestedAddress('localhost', 'https', localhostRules))).toBe(9404);
  });
});

describe('parseRequestedAddress(), for tcp,', () => {
  const parseTcp = (text: string, change: Partial<NameRules> = {}) =>
    parseRequestedAddress(text, 'tcp', { ...rules, ...change });

  test.each(['tcp://example.com:20001', 'example.com:20001', 'app:20001', 'tcp://:20001', 'API.example.com.:20001/'])(
    'takes the port from %j',
    (requested) => {
      expect(parseTcp(requested)).toEqual({ scheme: 'tcp', host: 'example.com', port: 20_001, binding: 'public' });
    },
  );

  test.each(['', 'tcp://', 'example.com', 'tcp://app.example.com', ':0', 'tcp://example.com:0'])(
    'leaves the choice to the server in %j',
    (text) => {
      expect(parseTcp(text)).toBeNull();
    },
  );

  test.each<[requested: string, code: number]>([
    [':19999', 307],
    [':21000', 307],
    ['example.com:99999', 307],
    ['example.org:20001', 319],
    ['*.app:20001', 326],
    ['https://example.com:20001', 326],
    ['a_b:20001', 326],
  ])('refuses %j with %d', (requested, code) => {
    expect(thrownCode(() => parseTcp(requested))).toBe(code);
  });

  test('takes the first and the last port of the range', () => {
    expect([parseTcp(':20000')?.port, parseTcp(':20999')?.port]).toEqual([20_000, 20_999]);
  });

  test('refuses any with 332 where there are no ports', () => {
    expect(thrownCode(() => parseTcp(':20001', { tcpPorts: null }))).toBe(332);
    expect(thrownCode(() => parseTcp('example.com', { tcpPorts: null }))).toBe(332);
  });
});

describe('parseRequestedAddress(), for internal names,', () => {
  test.each<[requested: string, scheme: EndpointScheme, host: string, port: number]>([
    ['db.internal', 'https', 'db.internal', 443],
    ['DB.Internal.', 'http', 'db.internal', 80],
    ['db。internal', 'tls', 'db.internal', 443],
    ['tcp://db.internal:5432', 'tcp', 'db.internal', 5432],
    ['https://db.internal:1', 'https', 'db.internal', 1],
    ['db.internal:65535', 'https', 'db.internal', 65_535],
    ['a.b.c.d.e.internal', 'https', 'a.b.c.d.e.internal', 443],
    ['*.db.internal', 'https', '*.db.internal', 443],
    ['*.internal', 'https', '*.internal', 443],
    ['api.internal', 'https', 'api.internal', 443],
  ])('reads %j for %s', (requested, scheme, host, port) => {
    expect(parseRequestedAddress(requested, scheme, rules)).toEqual({ scheme, host, port, binding: 'internal' });
  });

  test.each<[requested: string, scheme: EndpointScheme]>([
    ['tcp://db.internal', 'tcp'],
    ['db.internal:0', 'https'],
    ['db.internal:65536', 'https'],
    ['a.b.c.d.e.f.internal', 'https'],
    ['a_b.internal', 'https'],
    ['.internal', 'https'],
    ['http://db.internal', 'https'],
  ])('refuses %j for %s with 326', (requested, scheme) => {
    expect(thrownCode(() => parseRequestedAddress(requested, scheme, rules))).toBe(326);
  });

  test('finds none below a domain of the server that ends so itself', () => {
    const own = { ...rules, domain: 'corp.internal' };
    expect(parseRequestedAddress('app.corp.internal', 'https', own)?.binding).toBe('public');
    expect(parseRequestedAddress('app', 'https', own)?.host).toBe('app.corp.internal');
    expect(parseRequestedAddress('app.internal', 'https', own)?.binding).toBe('internal');
    expect(thrownCode(() => parseRequestedAddress('corp.internal', 'https', own))).toBe(9404);
  });
});

describe('parseRequestedAddress(), for any text,', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.domain(),
    fc.webUrl(),
    fc
      .tuple(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.constantFrom('', '.example.com', '.EXAMPLE.com.', '.internal'),
      )
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

  const strictForm =
    /^(?:\*\.)?(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+example\.com|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*internal)$/;

  test('answers a strict host name below the domain or an internal one, or refuses with a code', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const host = hostOrNull(text);
        if (host !== null) if (host !== null) expect(host).toMatch(strictForm);
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

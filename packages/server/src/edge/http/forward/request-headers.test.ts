import type { ConnectFacts } from '@adit/policy-kit';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../exchange.ts';
import { fakeExchange } from '../fake-exchange.testkit.ts';
import { defaultHttpLimits } from '../http-limits.ts';
import { type ClientAddress, directClient, proxiedClient } from './client-address.ts';
import { readRequestHead } from './request-head.ts';
import { upstreamRequestHeaders, type VisitorLines } from './request-headers.ts';

const visitorFacts: ConnectFacts = {
  clientIp: '203.0.113.9',
  clientPort: 51234,
  serverIp: '192.0.2.1',
  serverPort: 443,
  serverName: null,
};
const visitorLines: VisitorLines = {
  client: directClient(visitorFacts),
  scheme: 'https',
  requestId: 'req_1',
  sendsForwarded: false,
  hostHeader: null,
};
const ours = [
  'X-Forwarded-For',
  '203.0.113.9',
  'X-Forwarded-Proto',
  'https',
  'X-Forwarded-Host',
  'a.test',
  'adit-request-id',
  'req_1',
];

/** The lines that the upstream gets, ours at the end cut off. */
function forwarded(lines: string[], parts: Partial<Exchange> = {}): string[] {
  const exchange = fakeExchange({ headers: ['Host', 'a.test', ...lines], ...parts });
  const head = readRequestHead(exchange, 'https', defaultHttpLimits);
  const result = upstreamRequestHeaders(exchange, head, visitorLines);
  expect(result.slice(-ours.length)).toEqual(ours);
  return result.slice(0, -ours.length).slice(parts.authority === undefined ? 2 : 0);
}

test('order, case and duplicates of the visitor are kept', () => {
  const lines = ['X-B', '1', 'x-a', '2', 'X-B', '3', 'Cookie', 'a=1', 'Cookie', 'b=2'];
  expect(forwarded(lines)).toEqual(lines);
});

test.each([
  'X-Forwarded-For',
  'x_forwarded_for',
  'X-FORWARDED_PROTO',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X_Forwarded-Anything',
  'Forwarded',
  'X-Real-IP',
  'x_real_ip',
  'adit-request-id',
  'Adit_User_Email',
  'ADIT-ERROR-CODE',
  'Keep-Alive',
  'Proxy-Authorization',
  'Proxy-Connection',
  'proxy_authorization',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'transfer_encoding',
  'Content_Length',
  'X.Forwarded.For',
  'X!Forwarded~Proto',
  'x*real+ip',
  'Adit.User.Email',
  'Content.Length',
  'Proxy',
  'HTTP2-Settings',
  'Upgrade',
])('%s of the visitor is removed, however often it comes', (name) => {
  expect(forwarded([name, 'x', 'X-Ok', '1', name, 'y'])).toEqual(['X-Ok', '1']);
});

test('an alias of the length is removed beside the length', () => {
  const body = { method: 'POST', hasBody: true, hasLength: true };
  const aliases = ['Content_Length', '6', 'Content.Length', '7'];
  expect(forwarded(['Content-Length', '5', ...aliases], body)).toEqual(['Content-Length', '5']);
});

test('a length that nobody vouches for is removed', () => {
  expect(forwarded(['Content-Length', '5'], { method: 'POST', hasBody: true })).toEqual([
    'Transfer-Encoding',
    'chunked',
  ]);
});

test('what Connection nominates is removed, but nothing of ours and nothing of the framing', () => {
  const connection = 'close, X-Secret, X-Forwarded-For, adit-request-id, Host, Content-Length,  ,X-Forwarded-Host';
  const lines = ['Connection', connection, 'X-Secret', '1', 'Content-Length', '5', 'X-Ok', '1'];
  const body = { method: 'POST', hasBody: true, hasLength: true };
  expect(forwarded(lines, body)).toEqual(['Content-Length', '5', 'X-Ok', '1']);
});

test.each<[string, string[], Partial<Exchange>, string[]]>([
  ['a GET has no framing', [], {}, []],
  ['a POST without body says so', [], { method: 'POST' }, ['Content-Length', '0']],
  ['an unknown length becomes chunks', [], { method: 'POST', hasBody: true }, ['Transfer-Encoding', 'chunked']],
  ['TE: trailers passes, other codings do not', ['TE', 'gzip, trailers'], {}, ['Connection', 'TE', 'TE', 'trailers']],
  ['an upgrade is asked for again', [], { upgrade: ['websocket'] }, ['Connection', 'Upgrade', 'Upgrade', 'websocket']],
  ['Expect passes', ['Expect', '100-Continue'], {}, ['Expect', '100-Continue']],
  ['Expect of HTTP/1.0 does not', ['Expect', '100-continue'], { version: '1.0' }, []],
])('%s', (_, lines, parts, expected) => {
  expect(forwarded(lines, parts)).toEqual(expected);
});

test('HTTP/2 cookies become one line and the authority becomes Host', () => {
  const lines = ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2'];
  const parts: Partial<Exchange> = { version: '2', authority: 'a.test', headers: lines };
  expect(forwarded(lines, parts)).toEqual(['host', 'a.test', 'cookie', 'a=1; b=2', 'x', 'y']);
});

describe('with a trusted proxy', () => {
  const trusted = { has: (ip: string) => ip.startsWith('10.') };
  const peer: ConnectFacts = {
    clientIp: '10.0.0.1',
    clientPort: 1,
    serverIp: '192.0.2.1',
    serverPort: 443,
    serverName: null,
  };

  /** The forwarding lines that the upstream gets. */
  function told(client: ClientAddress, sendsForwarded: boolean, lines: string[] = []): Record<string, string> {
    const exchange = fakeExchange({ headers: ['Host', 'a.test:8443', ...lines] });
    const head = readRequestHead(exchange, 'https', defaultHttpLimits);
    const sent = upstreamRequestHeaders(exchange, head, { ...visitorLines, client, sendsForwarded });
    const found: Record<string, string> = {};
    for (let i = 0; i < sent.length; i += 2) {
      const name = (sent[i] ?? '').toLowerCase();
      if (!name.includes('forwarded')) continue;
      expect(found).not.toHaveProperty(name);
      found[name] = sent[i + 1] ?? '';
    }
    return found;
  }

  test.each<[string, string[], Record<string, string>]>([
    [
      'its list goes on with the proxy, and scheme and host are those the visitor used',
      ['X-Forwarded-For', '6.6.6.6, 192.0.2.7', 'X-Forwarded-Proto', 'HTTP', 'X-Forwarded-Host', 'www.test'],
      {
        'x-forwarded-for': '192.0.2.7, 10.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'www.test',
        forwarded: 'for=192.0.2.7;proto=http;host=www.test, for=10.0.0.1;proto=https;host="a.test:8443"',
      },
    ],
    [
      'what it sends badly formed is ours again',
      ['X-Forwarded-For', 'x', 'X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', 'a b', 'Forwarded', 'for="'],
      {
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'a.test:8443',
        forwarded: 'for=10.0.0.1;proto=https;host="a.test:8443"',
      },
    ],
    [
      'hops become elements of Forwarded, IPv6 in brackets and quotes',
      ['X-Forwarded-For', '2001:db8::7, 10.9.9.9'],
      {
        'x-forwarded-for': '2001:db8::7, 10.9.9.9, 10.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'a.test:8443',
        forwarded: 'for="[2001:db8::7]", for=10.9.9.9, for=10.0.0.1;proto=https;host="a.test:8443"',
      },
    ],
    [
      'its own Forwarded is kept when it speaks no X-Forwarded-For',
      ['Forwarded', 'for=192.0.2.7;by=_x', 'Forwarded', 'for=10.2.2.2'],
      {
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'a.test:8443',
        forwarded: 'for=192.0.2.7;by=_x, for=10.2.2.2, for=10.0.0.1;proto=https;host="a.test:8443"',
      },
    ],
  ])('%s', (_, lines, expected) => {
    const client = proxiedClient(peer, lines, trusted);
    expect(told(client, true, lines)).toEqual(expected);
    const { forwarded: _without, ...others } = expected;
    expect(told(client, false, lines)).toEqual(others);
  });

  test('Forwarded of a visitor without proxy has one element, whatever he sends', () => {
    const lines = ['Forwarded', 'for=6.6.6.6', 'X-Forwarded-For', '6.6.6.6'];
    expect(told(directClient(visitorFacts), true, lines)).toEqual({
      forwarded: 'for=203.0.113.9;proto=https;host="a.test:8443"',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a.test:8443',
    });
  });
});

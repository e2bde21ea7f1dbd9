import { expect, test } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { endpointFromFlags } from './endpoint-from-flags.ts';

const read = (command: EndpointCommandName, options: ParsedCommand['options'], upstream = '3000') =>
  endpointFromFlags(command, { arguments: [upstream], options });

test('endpointFromFlags() says in the words of the configuration file all that flags can say', () => {
  const options = {
    url: 'app.example.com',
    name: 'web',
    description: 'd',
    metadata: 'm',
    binding: 'public',
    inspect: 'false',
    'pooling-enabled': 'true',
    'cidr-allow': ['10.0.0.0/8', '::1/128'],
    'cidr-deny': '10.1.0.0/16',
    'upstream-protocol': 'http2',
    'upstream-proxy-protocol': '2',
    'host-header': 'rewrite',
    compression: 'true',
    'upstream-tls-verify': 'true',
    'upstream-tls-verify-cas': 'ca.pem',
  };
  expect(read('http', options, 'https://a:1')).toEqual({
    name: 'web',
    url: 'https://app.example.com',
    description: 'd',
    metadata: 'm',
    bindings: ['public'],
    inspect: false,
    pooling_enabled: true,
    allow_cidrs: ['10.0.0.0/8', '::1/128'],
    deny_cidrs: ['10.1.0.0/16'],
    compression: true,
    upstream: {
      url: 'https://a:1',
      protocol: 'http2',
      proxy_protocol: 2,
      host_header: 'rewrite',
      tls_verify: true,
      tls_verify_cas: 'ca.pem',
    },
  });
});

test('endpointFromFlags() without flags', () => {
  expect(read('tcp', {}, '22')).toEqual({ name: 'command_line', url: 'tcp://', upstream: { url: '22' } });
});

test('endpointFromFlags() of tunnel says all that goes with labels, and asks for no address', () => {
  const options = {
    label: ['app=shop', 'zone=a'],
    metadata: 'm',
    inspect: 'false',
    crt: 'c',
    key: 'k',
    'upstream-protocol': 'http2',
    'upstream-tls-verify': 'true',
  };
  expect(read('tunnel', options, 'https://a:1')).toEqual({
    name: 'command_line',
    labels: ['app=shop', 'zone=a'],
    metadata: 'm',
    inspect: false,
    agent_tls_termination: { server_certificate: 'c', server_private_key: 'k' },
    upstream: { url: 'https://a:1', protocol: 'http2', tls_verify: true },
  });
  expect(read('tunnel', { label: 'app=shop' }).labels).toEqual(['app=shop']);
});

test.each([
  ['http', {}, 'https://'],
  ['http', { url: '' }, 'https://'],
  ['http', { url: 'http://app' }, 'http://app'],
  ['http', { url: 'HTTPS://app' }, 'HTTPS://app'],
  ['http', { domain: 'a.example.com' }, 'https://a.example.com'],
  ['http', { hostname: 'a.example.com', scheme: 'http' }, 'http://a.example.com'],
  ['http', { subdomain: 'a' }, 'https://a'],
  ['tcp', { 'remote-addr': 'a:22' }, 'tcp://a:22'],
  ['tcp', { url: 'tcp://a:22' }, 'tcp://a:22'],
  ['tls', { url: 'app' }, 'tls://app'],
  ['tls', { domain: 'a.example.com' }, 'tls://a.example.com'],
] as const)('endpointFromFlags() of %s with %j asks for %s', (command, options, url) => {
  expect(read(command, options).url).toBe(url);
});

test.each([
  [{ 'proxy-proto': '1' }, { proxy_protocol: 1 }],
  [{ 'upstream-proxy-protocol': '' }, {}],
  [{ 'app-protocol': 'http2' }, { protocol: 'http2' }],
])('endpointFromFlags() of %j reads %j of the upstream', (options, expected) => {
  expect(read('http', options).upstream).toEqual({ url: '3000', ...expected });
});

test.each([
  [
    { crt: 'c', key: 'k' },
    { server_certificate: 'c', server_private_key: 'k' },
  ],
  [
    { crt: 'c', key: 'k', 'mutual-tls-cas': 'm', 'terminate-at': 'agent' },
    { server_certificate: 'c', server_private_key: 'k', mutual_tls_certificate_authorities: ['m'] },
  ],
  [{}, undefined],
  [{ 'terminate-at': 'upstream' }, undefined],
])('endpointFromFlags() of tls with %j ends TLS by %j', (options, expected) => {
  expect(read('tls', options).agent_tls_termination).toEqual(expected);
});

test.each([
  ['http', { 'mutual-tls-cas': 'm' }, 'm'],
  ['http', {}, undefined],
  ['tls', { 'mutual-tls-cas': 'm' }, 'm'],
  ['tls', { 'mutual-tls-cas': 'm', 'terminate-at': 'edge' }, 'm'],
  ['tls', { 'mutual-tls-cas': 'm', crt: 'c', key: 'k' }, undefined],
] as const)(
  'endpointFromFlags() of %s with %j has the server check certificates by %j',
  (command, options, expected) => {
    expect(read(command, options).mutual_tls_cas).toBe(expected);
  },
);

test.each([
  ['http', { url: 'tcp://' }, 9500, /"adit http": it serves https:\/\/ and http:\/\/ only, not tcp/],
  ['http', { scheme: 'ftp' }, 9500, /not ftp/],
  ['tcp', { url: 'https://a' }, 9500, /it serves tcp:\/\/ only/],
  ['tls', { url: 'http://a' }, 9500, /it serves tls:\/\/ only/],
  ['http', { url: 'a', domain: 'b' }, 9500, /--url and --domain both/],
  ['tunnel', {}, 9500, /"adit tunnel": give at least one --label/],
  ['tunnel', { label: 'a=b', crt: 'c' }, 9500, /"adit tunnel": .*--crt and --key together/],
  ['http', { binding: 'kubernetes' }, 9201, /--binding: kubernetes is not supported/],
  ['http', { binding: 'private' }, 9201, /public or internal/],
  ['http', { 'upstream-protocol': 'http3' }, 9201, /--upstream-protocol/],
  ['http', { 'upstream-proxy-protocol': '3' }, 9201, /--upstream-proxy-protocol/],
  ['tls', { crt: 'c' }, 9500, /--crt and --key together/],
  ['tls', { 'mutual-tls-cas': 'c', crt: 'c' }, 9500, /--crt and --key together/],
  ['tls', { 'mutual-tls-cas': 'c', 'terminate-at': 'agent' }, 9500, /--crt and --key together/],
  ['tls', { 'mutual-tls-cas': 'c', 'terminate-at': 'upstream' }, 9500, /--mutual-tls-cas/],
  ['tls', { 'mutual-tls-cas': 'c', 'terminate-at': 'edge', crt: 'c', key: 'k' }, 9500, /--terminate-at edge/],
  ['tls', { 'terminate-at': 'agent' }, 9500, /--crt and --key together/],
  ['tls', { 'terminate-at': 'edge' }, 9500, /without --mutual-tls-cas/],
  ['tls', { 'terminate-at': 'moon' }, 9500, /agent, edge or upstream/],
  ['tls', { 'terminate-at': 'upstream', crt: 'c', key: 'k' }, 9500, /contradicts/],
] as const)('endpointFromFlags() of %s refuses %j', (command, options, code, message) => {
  const error = expect.objectContaining({ code, message: expect.stringMatching(message) });
  expect(() => read(command, options)).toThrow(error);
});

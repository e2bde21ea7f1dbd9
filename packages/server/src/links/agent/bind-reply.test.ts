import { describe, expect, test } from 'vitest';
import type { EndpointAddress } from '../../domain/address.ts';
import { repliedOptions } from './bind-reply.ts';

const at = (change: Partial<EndpointAddress>): EndpointAddress => ({
  ...{ scheme: 'https', host: 'app.localhost', port: null, binding: 'public' },
  ...change,
});
const tcp = at({ scheme: 'tcp', host: 'localhost', port: 20_001 });

describe('repliedOptions() has the keys and types without which the Rust client fails (§10.2), for', () => {
  test('https, whatever was sent', () => {
    const Opts = { URL: 'https://', subdomain: 'app', auth: null, hostheaderrewrite: true };
    expect(repliedOptions({ Opts }, at({}))).toEqual({
      URL: 'https://',
      Domain: 'app.localhost',
      Hostname: 'app.localhost',
      Subdomain: 'app',
      Auth: '',
      HostHeaderRewrite: true,
      ProxyProto: 0,
    });
  });

  test.each<[string, object, object]>([
    ['tcp', {}, { Addr: 'localhost:20001', ProxyProto: 0 }],
    [
      'tcp as Go asks for it',
      { URL: 'tcp://', ProxyProto: 2 },
      { URL: 'tcp://', Addr: 'localhost:20001', ProxyProto: 2 },
    ],
    ['tcp whose options are null', { addr: null, proxyproto: null }, { Addr: 'localhost:20001', ProxyProto: 0 }],
  ])('%s', (_what, Opts, expected) => {
    expect(repliedOptions({ Opts: { ...Opts } }, tcp)).toEqual(expected);
  });

  test('tls', () => {
    expect(repliedOptions({ Opts: { ProxyProto: 1 } }, at({ scheme: 'tls' }))).toEqual({
      Domain: 'app.localhost',
      Hostname: 'app.localhost',
      Subdomain: '',
      ProxyProto: 1,
      MutualTLSAtAgent: false,
    });
  });
});

describe('repliedOptions() echoes (§14.2.1)', () => {
  test.each<[string, object]>([
    ['a restriction', { IPRestriction: { allow_cidrs: ['10.0.0.0/8'] } }],
    ['who ends the TLS', { TLSTermination: { cert: 'Yw==', key: 'aw==' } }],
    ['that the server ends it', { TLSTermination: {} }],
    ['that nobody here does', { TLSTermination: null }],
    ['another letter case', { tlsTermination: {} }],
  ])('%s', (_what, Opts) => {
    expect(repliedOptions({ Opts: { ...Opts } }, at({ scheme: 'tls' }))).toMatchObject(Opts);
  });
});

test.each<[Partial<EndpointAddress>, string]>([
  [{ host: '*.app.localhost' }, '*.app.localhost'],
  [{ host: 'db.internal', port: 443, binding: 'internal' }, 'db.internal'],
  [{ host: 'db.internal', port: 8443, binding: 'internal' }, 'db.internal:8443'],
  [{ host: 'db.internal', port: 443, binding: 'internal', scheme: 'http' }, 'db.internal:443'],
])('repliedOptions() names %j so that a rebind asks for the same', (change, name) => {
  expect(repliedOptions({ Opts: {} }, at(change))).toMatchObject({ Domain: name, Hostname: name });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BindReply } from '@adit/wire';
import { expect, onTestFinished, test } from 'vitest';
import type { ForwardOptions } from './forward-options.ts';
import { planForward } from './forward-plan.ts';
import { bindRequest, namesOf, nothingGiven, unconfirmed } from './forward-request.ts';

const cas = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const casInBase64 = Buffer.from(cas).toString('base64');

const requestFor = (options: ForwardOptions, given = nothingGiven) => bindRequest(planForward(options), options, given);

test.each<[string, Partial<ForwardOptions>, object]>([
  [
    'nothing',
    {},
    { Proto: 'https', ForwardsTo: 'http://localhost:3000', Opts: { Domain: '', Subdomain: '', ProxyProto: 0 } },
  ],
  ['tcp', { url: 'tcp://' }, { Proto: 'tcp', ForwardsTo: 'tcp://localhost:3000', Opts: { Addr: '', ProxyProto: 0 } }],
  ['a tcp port', { url: 'tcp://example.com:20001' }, { Opts: { Addr: 'example.com:20001', ProxyProto: 0 } }],
  ['tls', { url: 'tls://app' }, { Proto: 'tls', Opts: { Domain: '', Subdomain: 'app', ProxyProto: 0 } }],
  ['a wildcard', { url: 'https://*.example.com' }, { Opts: { Domain: '*.example.com', Subdomain: '', ProxyProto: 0 } }],
  [
    'an internal name',
    { url: 'app.internal' },
    { Extra: { Bindings: ['internal'] }, Opts: { Domain: 'app.internal' } },
  ],
  ['an internal binding', { url: 'app.internal', binding: 'internal' }, { Extra: { Bindings: ['internal'] } }],
  ['a public binding', { url: 'app', binding: 'public' }, { Extra: { Bindings: [] } }],
  ['pooling', { poolingEnabled: true }, { Extra: { PoolingEnabled: true } }],
  ['labels', { name: 'n', description: 'd', metadata: 'm' }, { Extra: { Name: 'n', Description: 'd', Metadata: 'm' } }],
  ['the PROXY protocol', { proxyProtocol: 2 }, { Opts: { ProxyProto: 2 } }],
  ['a Host line', { hostHeader: 'example.org' }, { Opts: { HostHeader: 'example.org' } }],
  ["the upstream's Host line", { hostHeader: 'rewrite' }, { Opts: { HostHeader: 'localhost:3000' } }],
  [
    "the upstream's Host line, usual port",
    { upstream: 'http://[::1]', hostHeader: 'rewrite' },
    { Opts: { HostHeader: '[::1]' } },
  ],
  [
    "the upstream's Host line, unusual port",
    { upstream: 'http://a:443', hostHeader: 'rewrite' },
    { Opts: { HostHeader: 'a:443' } },
  ],
  ['HTTP/2', { upstreamProtocol: 'http2' }, { ForwardsProto: 'http2' }],
  ['HTTP/2 behind tls', { url: 'tls://', upstreamProtocol: 'http2' }, { ForwardsProto: '' }],
  [
    'address rules',
    { denyCidrs: ['10.0.0.0/8'] },
    { Opts: { IPRestriction: { allow_cidrs: [], deny_cidrs: ['10.0.0.0/8'] } } },
  ],
  ['policies', { compression: true }, { Opts: { Compression: {} } }],
  ['a policy of tcp', { url: 'tcp://', trafficPolicy: '{}' }, { Opts: { TrafficPolicy: '{}' } }],
  ['mutual TLS', { mutualTlsCas: cas }, { Opts: { MutualTLSCA: { mutual_tls_ca: casInBase64 } } }],
  [
    'mutual TLS of a tls endpoint',
    { url: 'tls://', mutualTlsCas: cas },
    { Opts: { MutualTLSAtEdge: { mutual_tls_ca: casInBase64 }, TLSTermination: {} } },
  ],
])('a bind request with %s', (_, options, expected) => {
  expect(requestFor({ upstream: '3000', ...options })).toMatchObject(expected);
});

test('the Host line of the visitor is asked for by nothing', () => {
  expect(requestFor({ upstream: '3000', hostHeader: 'preserve' }).Opts).not.toHaveProperty('HostHeader');
});

test.each<[number, Partial<ForwardOptions>]>([
  [326, { url: 'app', binding: 'internal' }],
  [326, { binding: 'internal' }],
  [326, { url: 'app.internal', binding: 'public' }],
  [9201, { url: 'tcp://', hostHeader: 'rewrite' }],
  [9201, { url: 'tls://', hostHeader: 'x' }],
  [9201, { url: 'tls://', compression: true }],
  [9201, { url: 'http://', mutualTlsCas: cas }],
  [9201, { url: 'tcp://', mutualTlsCas: cas }],
  [9201, { mutualTlsCas: 'ca.crt' }],
  [9201, { url: 'tls://', mutualTlsCas: cas, tlsTermination: { certificate: 'c', privateKey: 'k' } }],
  [9304, { upstream: 'file:///there/is/no/such/folder' }],
  [9304, { upstream: 'file://relative' }],
])('planForward() refuses with %i: %j', (code, options) => {
  expect(() => planForward({ upstream: '3000', ...options })).toThrow(expect.objectContaining({ code }));
});

test.each<[string, Partial<ForwardOptions>]>([
  ['PROXY protocol', { proxyProtocol: 1 }],
  ['tls endpoint without a certificate', { url: 'tls://' }],
  ['Host line of its own', { hostHeader: 'rewrite' }],
])('planForward() refuses a folder with a %s', (_, options) => {
  const upstream = pathToFileURL(tmpdir()).href;
  expect(() => planForward({ upstream, ...options })).toThrow(expect.objectContaining({ code: 9201 }));
});

test('planForward() refuses a file in place of a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adit-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '');
  expect(() => planForward({ upstream: pathToFileURL(join(folder, 'file')).href })).toThrow(/no such folder/);
});

const ann = { username: 'ann', password: 'hunter2' };

function replyTo(options: ForwardOptions, changes: { URL?: string; Opts?: object } = {}): BindReply {
  const { Opts, Proto, Extra } = requestFor(options);
  const host = Extra.Bindings.includes('internal') ? 'app.internal' : 'x.example.com';
  const reply = { Id: 'ep_1', Proto, URL: `${Proto}://${host}:8443`, Extra: { Token: 't', TunnelID: '' }, Error: '' };
  return { ...reply, ...changes, Opts: { ...Opts, Hostname: 'x.example.com', ...changes.Opts } };
}

test.each<[Partial<ForwardOptions>, Parameters<typeof replyTo>[1], string | undefined]>([
  [{}, {}, undefined],
  [{}, { Opts: { ProxyProto: undefined } }, undefined],
  [{ allowCidrs: ['10.0.0.0/8'] }, {}, undefined],
  [{ allowCidrs: ['10.0.0.0/8'] }, { Opts: { IPRestriction: null } }, 'the address rules'],
  [
    { allowCidrs: ['10.0.0.0/8'] },
    { Opts: { IPRestriction: { allow_cidrs: ['0.0.0.0/0'], deny_cidrs: [] } } },
    'the address rules',
  ],
  [{ mutualTlsCas: cas }, {}, undefined],
  [{ mutualTlsCas: cas }, { Opts: { MutualTLSCA: null } }, 'mutual TLS'],
  [{ mutualTlsCas: cas }, { Opts: { MutualTLSCA: { mutual_tls_ca: '' } } }, 'mutual TLS'],
  [{ url: 'tls://', mutualTlsCas: cas }, {}, undefined],
  [{ url: 'tls://', mutualTlsCas: cas }, { Opts: { MutualTLSAtEdge: null } }, 'mutual TLS'],
  [{ url: 'tls://', mutualTlsCas: cas }, { Opts: { TLSTermination: null } }, 'that it ends TLS'],
  [{ proxyProtocol: 1 }, {}, undefined],
  [{ proxyProtocol: 1 }, { Opts: { ProxyProto: 0 } }, 'the PROXY protocol'],
  [{}, { Opts: { ProxyProto: 1 } }, 'the PROXY protocol'],
  [{ hostHeader: 'a' }, { Opts: { HostHeader: '' } }, 'the Host header'],
  [{ url: 'https://' }, { URL: 'http://x.example.com' }, 'that it is https'],
  [{ url: 'tls://' }, {}, undefined],
  [{ url: 'tls://' }, { Opts: { TLSTermination: {} } }, 'that TLS passes through it'],
  [{ url: 'tls://' }, { Opts: { tlsTermination: { cert: 'x' } } }, 'that TLS passes through it'],
  [{ url: 'tls://' }, { Opts: { TLSTermination: null } }, undefined],
  [{ basicAuth: [ann] }, {}, undefined],
  [{ basicAuth: [ann] }, { Opts: { BasicAuth: null } }, 'the passwords'],
  [{ basicAuth: [ann] }, { Opts: { BasicAuth: { credentials: [] } } }, 'the passwords'],
  [{ compression: true }, { Opts: { compression: {} } }, undefined],
  [{ trafficPolicy: '{}' }, { Opts: { TrafficPolicy: '' } }, 'the traffic policy'],
  [{ url: 'app.internal' }, {}, undefined],
  [{ url: 'app.internal' }, { URL: 'https://app.internal.example.com' }, 'that it is internal'],
])('of %j an answer with %j leaves out: %s', (options, changes, expected) => {
  const whole = { upstream: '3000', ...options };
  expect(unconfirmed(planForward(whole), whole, replyTo(whole, changes))).toBe(expected);
});

test('a bind is asked for again with its name, and with every protection as it was, whatever the answer said', () => {
  const options = { upstream: '3000', allowCidrs: ['10.0.0.0/8'], proxyProtocol: 2, hostHeader: 'a' } as const;
  const reply = replyTo(options, {
    Opts: {
      Domain: 'x.example.com',
      IPRestriction: null,
      ProxyProto: 0,
      HostHeader: 'evil',
      TLSTermination: {},
      New: 1,
    },
  });
  const again = requestFor(options, { id: 'ep_1', token: 't', names: namesOf(reply) });
  expect(again).toMatchObject({ Id: 'ep_1', Extra: { Token: 't' } });
  expect(again.Opts).toEqual({
    Domain: 'x.example.com',
    Hostname: 'x.example.com',
    Subdomain: '',
    IPRestriction: { allow_cidrs: ['10.0.0.0/8'], deny_cidrs: [] },
    ProxyProto: 2,
    HostHeader: 'a',
  });
});

test('a tcp bind is asked for again under the address that was chosen', () => {
  const options = { upstream: '22', url: 'tcp://' };
  const names = namesOf(replyTo(options, { Opts: { Addr: 'example.com:20001' } }));
  expect(requestFor(options, { id: 'ep_1', token: 't', names }).Opts['Addr']).toBe('example.com:20001');
});

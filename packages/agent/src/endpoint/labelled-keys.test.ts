import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointKeys } from '../config/agent-config.ts';
import { defineEndpoint } from './endpoint-definition.ts';
import { readLabels } from './labelled-keys.ts';

const define = (keys: Partial<EndpointKeys>) =>
  defineEndpoint({ name: 'n', labels: ['app=shop'], upstream: { url: '3000' }, ...keys });

test.each([
  ['3000', 'http://localhost:3000', true],
  ['443', 'https://localhost:443', true],
  ['http://app', 'http://app:80', true],
  ['file:///', 'file:///', true],
  ['tcp://db:5432', 'tcp://db:5432', false],
  ['tls://db:5432', 'tls://db:5432', false],
])('defineEndpoint() with labels forwards to %s as %s; is inspected: %j', async (url, shown, isInspected) => {
  const definition = await define({ upstream: { url } });
  expect(definition).toMatchObject({ upstream: { url: shown }, isInspected, forward: { labels: { app: 'shop' } } });
  expect(definition.forward).not.toHaveProperty('url');
  expect((await define({ upstream: { url }, inspect: false })).isInspected).toBe(false);
});

test('defineEndpoint() with labels takes all that goes with them', async () => {
  const pem = '-----BEGIN A-----';
  const { name, forward } = await define({
    metadata: 'm',
    upstream: { url: 'https://app', protocol: 'http2', tls_verify_cas: pem },
    agent_tls_termination: { server_certificate: pem, server_private_key: pem },
  });
  expect(name).toBe('n');
  expect(forward).toMatchObject({
    ...{ metadata: 'm', upstreamProtocol: 'http2', upstreamVerify: { caPem: pem } },
    ...{ upstream: { speaks: 'http2' }, tlsTermination: { certificate: pem, privateKey: pem } },
  });
});

test.each<Partial<EndpointKeys>>([
  { url: 'https://app' },
  { bindings: ['internal'] },
  { description: 'd' },
  { pooling_enabled: true },
  { allow_cidrs: ['10.0.0.0/8'] },
  { deny_cidrs: ['10.0.0.0/8'] },
  { mutual_tls_cas: '-----BEGIN C' },
  { traffic_policy: {} },
  { traffic_policy_file: '/nowhere' },
  { traffic_policy_url: 'https://nowhere.example' },
  { basic_auth: ['ann:hunter2'] },
  { basic_auth_file: '/nowhere' },
  { circuit_breaker: 0.5 },
  { compression: false },
  { websocket_tcp_converter: true },
  { request_header: {} },
  { response_header: {} },
  { user_agent_filter: {} },
  { verify_webhook: { provider: 'github' } },
  JSON.parse('{"what_comes_later":1}'),
])('defineEndpoint() does not pass over %j beside labels, and reads and fetches nothing for it', async (other) => {
  const [key] = Object.keys(other);
  const message = expect.stringMatching(`^Cannot use "${key}" for "n": .*the edge that it serves must have them$`);
  await expect(define(other)).rejects.toMatchObject({ code: 9201, message });
});

test.each<EndpointKeys['upstream']>([
  { url: '1', proxy_protocol: 2 },
  { url: '1', host_header: 'rewrite' },
])('defineEndpoint() refuses the upstream %j beside labels', async (upstream) => {
  await expect(define({ upstream })).rejects.toMatchObject({
    code: 9201,
    message: expect.stringContaining('the edge'),
  });
});

test.each([
  [['app=shop', 'zone=a'], { app: 'shop', zone: 'a' }],
  [['edge=edghts_2x'], { edge: 'edghts_2x' }],
  [['a,b=ü/é'], { 'a,b': 'ü/é' }],
])('readLabels() of %j is %j', (texts, labels) => {
  expect(readLabels(texts)).toEqual(labels);
});

test.each([
  [['app']],
  [['']],
  [['=']],
  [['=shop']],
  [['app=']],
  [['app==shop']],
  [['app=a=b']],
  [['app=*']],
  [['app = shop']],
  [['app=shop\n']],
  [['app=\u001b[2J']],
  [['app=a', 'app=b']],
  [['app=a', 'app=a']],
])('readLabels() refuses %j', (texts) => {
  expect(() => readLabels(texts)).toThrow(expect.objectContaining({ code: 9201 }));
});

test('readLabels() reads what it accepts as it was written, and fails in no other way', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', 'a'));
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(part, part).map((pair) => pair.join('=')),
    ),
  );
  fc.assert(
    fc.property(texts, (written) => {
      try {
        const again = Object.entries(readLabels(written)).map((pair) => pair.join('='));
        expect(new Set(again)).toEqual(new Set(written));
      } catch (error) {
        expect(error).toMatchObject({ code: 9201 });
      }
    }),
  );
});

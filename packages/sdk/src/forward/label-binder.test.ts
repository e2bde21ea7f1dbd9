import { AditError } from '@adit/contracts';
import { parseStartTunnelWithLabel, streamTypes } from '@adit/wire';
import { describe, expect, it, test } from 'vitest';
import type { ServerConnection } from '../session/server-connection.ts';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import { ForwardBinding } from './forward.ts';
import type { ForwardOptions } from './forward-options.ts';

const labels = { app: 'shop', zone: 'a' };
const bindingFor = (options: Partial<ForwardOptions> = {}) =>
  new ForwardBinding({ upstream: 'http://localhost:3000', labels, ...options });

/** What is asked of a server that answers so. */
async function ask(options: Partial<ForwardOptions> = {}, answer: object = { Id: 'ep_1', Error: '' }) {
  const calls: [type: number, request: object][] = [];
  const connection = {
    call: async (...call: [number, object]) => {
      calls.push(call);
      return answer;
    },
    refusal: (text: string) => new AditError(399, text),
  } as unknown as ServerConnection;
  const binding = bindingFor(options);
  await binding.bind(connection, { mayStartOver: true });
  return { binding, calls, connection };
}

test.each([
  [{}, { ForwardsTo: 'http://localhost:3000', ForwardsProto: '', Metadata: '' }],
  [{ metadata: 'mine' }, { Metadata: 'mine' }],
  [{ upstream: '3000' }, { ForwardsTo: 'http://localhost:3000' }],
  [{ upstream: 'tcp://db:5432' }, { ForwardsTo: 'tcp://db:5432' }],
  [{ upstream: 'https://app', upstreamProtocol: 'http2' as const }, { ForwardsProto: 'http2' }],
])('a forward with labels and %j asks for a labelled tunnel with %j', async (options, expected) => {
  const { binding, calls } = await ask(options);
  expect(calls.map(([type]) => type)).toEqual([streamTypes.startTunnelWithLabel]);
  expect(parseStartTunnelWithLabel(calls[0]?.[1])).toMatchObject({ Labels: labels, ...expected });
  expect(binding).toMatchObject({ id: 'ep_1', url: '', labels });
});

test('a forward with labels asks for those it was made with, whatever becomes of the object', async () => {
  const mine: Record<string, string> = { app: 'shop' };
  const binding = bindingFor({ labels: mine });
  mine['app'] = 'other';
  expect(binding.labels).toEqual({ app: 'shop' });
});

test('asked twice at once, a leg opens one tunnel; asked again later, another one', async () => {
  let count = 0;
  const connection = { call: async () => ({ Id: `ep_${count++}`, Error: '' }) } as unknown as ServerConnection;
  const binding = bindingFor();
  const bind = () => binding.bind(connection, { mayStartOver: true });
  await Promise.all([bind(), bind()]);
  expect([count, binding.idAt(connection)]).toEqual([1, 'ep_0']);
  await bind();
  expect([count, binding.idAt(connection)]).toEqual([2, 'ep_1']);
});

test.each<[answer: object, error: object]>([
  [
    { Id: '', Error: 'you may not' },
    { code: 399, message: 'you may not' },
  ],
  [{ Id: 'ep_1', Error: 'you may not' }, { code: 399 }],
  [{ Id: '', Error: '' }, { code: 9303 }],
  [{}, { code: 9303 }],
])('a forward with labels is not online when the server answers %j', async (answer, error) => {
  await expect(ask({}, answer)).rejects.toMatchObject(error);
});

const pem = '-----BEGIN CERTIFICATE-----';

test.each<Partial<ForwardOptions>>([
  { url: 'https://app' },
  { url: '' },
  { name: 'shop' },
  { description: 'd' },
  { allowCidrs: ['10.0.0.0/8'] },
  { denyCidrs: [] },
  { poolingEnabled: false },
  { binding: 'internal' },
  { mutualTlsCas: pem },
  { proxyProtocol: 2 },
  { hostHeader: 'rewrite' },
  { trafficPolicy: {} },
  { basicAuth: [{ username: 'ann', password: 'hunter2' }] },
  { circuitBreaker: 0.5 },
  { compression: true },
  { requestHeaders: {} },
  { responseHeaders: {} },
  { userAgentFilter: {} },
  { webhookVerification: { provider: 'github' } },
  { websocketTcpConverter: true },
  JSON.parse('{"whatComesLater":1}'),
])('labels cannot go with %j, which the edge must have', (option) => {
  const [name] = Object.keys(option);
  const message = `Cannot use ${name} here: a labelled tunnel has no address and no policies; the edge that it serves must have them`;
  expect(() => bindingFor(option)).toThrow(expect.objectContaining({ code: 9201, message }));
});

test.each<[Partial<ForwardOptions>, number]>([
  [{ upstream: 'ftp://a' }, 9304],
  [{ upstream: 'file:///nowhere/at/all' }, 9304],
  [{ upstream: 'https://a', upstreamVerify: { caPem: 'none' } }, 9201],
  [{ tlsTermination: { certificate: pem, privateKey: pem } }, 9201],
])('labels do not make good what is wrong with %j: %i', (options, code) => {
  expect(() => bindingFor(options)).toThrow(expect.objectContaining({ code }));
});

test('options that are undefined are not there', () => {
  expect(bindingFor({ url: undefined, allowCidrs: undefined }).labels).toEqual(labels);
});

describe('a visitor of a labelled tunnel', () => {
  it.each([
    ['https', false, 'https'],
    ['tcp', false, 'https'],
    ['tls', false, 'https'],
    ['tls', true, 'tcp'],
  ])(
    'of an edge for %s, with TLS of his own: %j, is carried to the service by %s',
    (Proto, PassthroughTLS, protocol) => {
      const target = bindingFor({ upstream: 'https://localhost:3000' }).targetOf({ Proto, PassthroughTLS });
      expect(target).toMatchObject({ scheme: Proto, upstream: { protocol, url: 'https://localhost:3000' } });
      expect(target.tls).toBeUndefined();
    },
  );

  it.each([true, false])(
    'has to speak TLS with this process if that ends it, whatever the server says: %j',
    async (said) => {
      const { cert: certificate, key: privateKey } = await makeTestCertificate();
      const binding = bindingFor({ upstream: 'https://localhost:3000', tlsTermination: { certificate, privateKey } });
      const target = binding.targetOf({ Proto: 'https', PassthroughTLS: said });
      expect(target.tls).toBeDefined();
      expect(target.upstream).toMatchObject({ protocol: 'https' });
    },
  );

  it('of a scheme that is unknown gets no answer in HTTP', () => {
    expect(bindingFor().targetOf({ Proto: 'ssh', PassthroughTLS: false }).scheme).toBe('tcp');
  });
});

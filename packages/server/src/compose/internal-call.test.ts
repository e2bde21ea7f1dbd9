import { createServer, type RequestListener } from 'node:http';
import { newId } from '@adit/contracts';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { Directory } from '../directory/directory.ts';
import { Reservations } from '../directory/reservations.ts';
import type { Visitor } from '../edge/http/visitor-connection.ts';
import { cloudLink } from '../links/cloud/cloud-link.ts';
import { emptyChain } from '../policy/run/empty-chain.ts';
import { internalCall } from './internal-call.ts';

const accountId = newId('account', 0);
const visitor = {
  ...sampleConnectFacts(),
  serverName: 'app.test',
  tls: {
    ...{ version: 'TLSv1.3', cipherSuite: '', alpn: '', isClientVerified: true, checkedAgainst: null },
    clientCertificate: Buffer.from('of the visitor'),
  },
};

/** The account has `https://auth.internal`; `answer` serves what comes there. */
function start(answer: RequestListener) {
  const directory = new Directory({
    ...{ clock: fakeClock(), domain: 'localhost', tcpPorts: null, reservations: new Reservations() },
    publicUrl: ({ scheme, host }) => `${scheme}://${host}`,
  });
  const { route } = directory.publish({
    ...{ endpointId: newId('endpoint', 0), accountId, isPooled: false, chain: emptyChain, link: cloudLink, tls: null },
    address: directory.parseAddress('auth.internal', 'https', accountId)!,
    ...{ credentialId: null, agentSessionId: null, description: '', metadata: '', createdAtMs: 0, forwardsTo: '' },
    ...{ upstreamProtocol: 'http1', proxyProtocol: 0, hostHeader: null, name: '' },
  });
  const accepted: Visitor[] = [];
  const server = createServer(answer);
  const accept = (stream: object, one: Visitor): void => {
    accepted.push(one);
    server.emit('connection', stream);
  };
  const call = (request: Request, owner = accountId, from: Visitor['facts'] = visitor) =>
    internalCall(request, { accountId: owner, from }, { directory, backends: { find: () => undefined }, accept });
  return { route, accepted, call };
}

test('a call comes to the endpoint as from the visitor’s address, without what else is known of him', async () => {
  const { route, accepted, call } = start((request, response) => {
    response.writeHead(202, { 'x-path': request.url, 'x-host': request.headers.host });
    request.pipe(response);
  });
  const answer = await call(new Request('https://auth.internal/check?a=b', { method: 'POST', body: 'content' }));
  expect([answer.status, answer.headers.get('x-path'), answer.headers.get('x-host'), await answer.text()]).toEqual([
    ...[202, '/check?a=b', 'auth.internal', 'content'],
  ]);
  const { clientIp, clientPort, serverIp, serverPort } = visitor;
  const facts = { clientIp, clientPort, serverIp, serverPort, serverName: null, internalCalls: 1 };
  expect(accepted).toEqual([{ facts, scheme: 'https', alpn: 'http/1.1', demands: null, fixedRoute: route }]);
});

test.each([
  ['of another account', 'https://auth.internal/', newId('account', 1), 9621],
  ['of another scheme', 'http://auth.internal/', accountId, 9621],
  ['that is not internal', 'https://app.localhost/', accountId, 9621],
  ['that nobody can have', 'https://[::1]/', accountId, 9621],
])('[invariant: tenancy-in-every-key] an endpoint %s is not called', async (_, url, owner, code) => {
  const { accepted, call } = start((_request, response) => response.end());
  await expect(call(new Request(url), owner)).rejects.toMatchObject({ code });
  expect(accepted).toEqual([]);
});

test('the fourth call in a row is refused', async () => {
  const { accepted, call } = start((_request, response) => response.end());
  const turn = (internalCalls: number) =>
    call(new Request('https://auth.internal/'), accountId, { ...visitor, internalCalls });
  expect((await turn(2)).status).toBe(200);
  await expect(turn(3)).rejects.toMatchObject({ code: 3603 });
  expect(accepted.map(({ facts }) => facts.internalCalls)).toEqual([3]);
});

test('whoever gives up ends the call', async () => {
  const closed = Promise.withResolvers<void>();
  const { call } = start((request) => void request.socket.once('close', () => closed.resolve()));
  const abort = new AbortController();
  const called = call(new Request('https://auth.internal/', { signal: abort.signal }));
  setImmediate(() => abort.abort());
  await expect(called).rejects.toMatchObject({ code: 9621 });
  await closed.promise;
});

import { AditError, newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { Directory } from '../directory/directory.ts';
import { countTurns } from '../domain/count-turns.testkit.ts';
import type { Document } from '../domain/document.ts';
import type { Route } from '../domain/route.ts';
import { emptyChain } from '../policy/run/empty-chain.ts';
import { accountId, follow, settle } from './follow-endpoints.testkit.ts';

const denying = (status: number): string =>
  `on_tcp_connect: [{actions: [{type: deny}]}]\non_http_request: [{actions: [{type: custom-response, config: {status_code: ${status}}}]}]`;

interface Facts {
  readonly host: string;
  readonly policy?: string;
  readonly port?: number;
  readonly isPooled?: boolean;
}

function endpoint({ host, port, policy = denying(404), isPooled = false }: Facts): Document {
  const scheme = port === undefined ? 'https' : 'tcp';
  const texts = { description: '', metadata: '', createdAtMs: 1, updatedAtMs: 1, revision: 1 };
  const address = { scheme, host, port: port ?? null, binding: 'public' };
  const body = { address, policy, isPooled, poolKey: '' };
  return { accountId, kind: 'endpoint', id: newId('endpoint', 1), parentId: null, ...texts, body };
}

/** By an agent of the account. */
function occupy(directory: Directory, host: string) {
  return directory.publish({
    ...{ endpointId: newId('endpoint', 1), accountId, chain: emptyChain, tls: null, isPooled: false, createdAtMs: 1 },
    address: { scheme: 'https', host, port: null, binding: 'public' },
    link: { kind: 'agent', open: () => expect.unreachable() },
    ...{ upstreamProtocol: 'http1', proxyProtocol: 0, hostHeader: null, forwardsTo: '', name: '' },
    ...{
      description: '',
      metadata: '',
      credentialId: newId('credential', 1),
      agentSessionId: newId('agentSession', 1),
    },
  });
}

test('all there are are online at the start, in however many pages, each with its policy', async () => {
  const many = Array.from({ length: 450 }, (_, i) => endpoint({ host: `n${i}x.localhost` }));
  const { directory, route, ask } = await follow([...many]);
  expect(directory.list(accountId)).toHaveLength(450);
  expect(await ask(route('n449x.localhost'))).toMatchObject({ outcome: 'close' });
});

test('however many there are, others have their turn meanwhile', async () => {
  const many = Array.from({ length: 200 }, (_, i) => endpoint({ host: `n${i}x.localhost` }));
  expect(await countTurns(() => follow(many))).toBeGreaterThan(15);
});

test('[invariant: revoked-means-now] a stream of one that moves, goes or changes what it says is cut', async () => {
  const [a, b, c] = ['a.localhost', 'b.localhost', 'c.localhost'].map((host) =>
    endpoint({ host, policy: 'on_http_request: [{actions: [{type: custom-response, config: {status_code: 404}}]}]' }),
  ) as [Document, Document, Document];
  const { route, admit, cuts, change, remove } = await follow([a, b, c]);
  for (const host of ['a', 'b', 'c']) admit(route(`${host}.localhost`) as Route);
  await change(a, endpoint({ host: 'moved.localhost' }));
  expect([route('a.localhost'), route('moved.localhost')?.endpoint.id]).toEqual([undefined, a.id]);
  await remove(b);
  expect(route('b.localhost')).toBeUndefined();
  const before = route('c.localhost');
  await change(c, endpoint({ host: 'c.localhost', policy: denying(404) }));
  expect(route('c.localhost')?.chain).not.toBe(before?.chain);
  expect(cuts).toEqual(['a.localhost', 'b.localhost', 'c.localhost']);
});

test('[invariant: fail-closed] a policy that cannot be enforced refuses everybody, until it can again', async () => {
  const ipPolicy: Document = { ...endpoint({ host: '' }), kind: 'ipPolicy', id: newId('ipPolicy', 1), body: {} };
  const rules = `on_tcp_connect: [{actions: [{type: restrict-ips, config: {ip_policies: [${ipPolicy.id}], enforce: false}}]}]`;
  const documents = [endpoint({ host: 'a.localhost', policy: rules }), endpoint({ host: 'b.localhost', policy: '[' })];
  const { route, ask, chains, documents: kept } = await follow(documents);
  const refused = { outcome: 'deny', reason: 'chain/not-enforceable' };
  expect(await ask(route('a.localhost'))).toMatchObject(refused);
  expect(await ask(route('b.localhost'))).toMatchObject(refused);
  kept.push(ipPolicy);
  await chains.refresh(accountId);
  expect(await ask(route('a.localhost'))).toMatchObject({ outcome: 'continue' });
});

test('a name that an agent has is waited for, and had as soon as it is free', async () => {
  const a = endpoint({ host: 'a.localhost' });
  const { directory, documents, route, tell, why, logged, clock } = await follow([]);
  const agent = occupy(directory, 'a.localhost');
  documents.push(a);
  await tell(a);
  expect([route('a.localhost')?.endpoint.id, why(a)]).toEqual([agent.route.endpoint.id, 334]);
  // It may come back.
  agent.hold();
  await settle();
  expect(why(a)).toBe(334);
  clock.advance(150_000);
  await settle();
  expect([route('a.localhost')?.endpoint.id, why(a)]).toEqual([a.id, undefined]);
  expect(logged.filter((line) => line === 'An endpoint that the server keeps is offline')).toHaveLength(1);
});

test('one that waits and is deleted does not come', async () => {
  const a = endpoint({ host: 'a.localhost' });
  const { directory, documents, route, tell, remove, why } = await follow([]);
  const agent = occupy(directory, 'a.localhost');
  documents.push(a);
  await tell(a);
  await remove(a);
  agent.withdraw();
  await settle();
  expect([route('a.localhost'), why(a)]).toEqual([undefined, undefined]);
});

test('of a suspended account none is online, until it works again', async () => {
  const a = endpoint({ host: 'a.localhost' });
  const { bus, account, route, admit, cuts, why, clock } = await follow([a]);
  admit(route('a.localhost') as Route);
  bus.publish({ type: 'account-suspended', accountId });
  expect([route('a.localhost'), cuts, why(a)]).toEqual([undefined, ['a.localhost'], 103]);
  account.suspendedAtMs = 1;
  clock.advance(60_000);
  bus.publish({ type: 'missed' });
  await settle();
  expect(route('a.localhost')).toBeUndefined();
  account.suspendedAtMs = null;
  bus.publish({ type: 'missed' });
  await settle();
  expect(route('a.localhost')?.endpoint.id).toBe(a.id);
});

test('what changed while no notice came is found when they were missed', async () => {
  const [a, b] = [endpoint({ host: 'a.localhost' }), endpoint({ host: 'b.localhost' })];
  const { bus, documents, route } = await follow([a]);
  documents.splice(0, 1, b);
  bus.publish({ type: 'missed' });
  await settle();
  expect([route('a.localhost'), route('b.localhost')?.endpoint.id]).toEqual([undefined, b.id]);
});

test('a store that does not answer is asked again; until then all is as it was', async () => {
  const a = endpoint({ host: 'a.localhost' });
  const { store, route, remove, clock } = await follow([a]);
  store.failure = new Error('gone');
  await remove(a);
  expect(route('a.localhost')?.endpoint.id).toBe(a.id);
  store.failure = undefined;
  clock.advance(1_000);
  await settle();
  expect(route('a.localhost')).toBeUndefined();
});

test('the port of a tcp endpoint is open as long as the endpoint is there; one that cannot be had is tried again', async () => {
  const a = endpoint({ host: 'localhost', port: 20_001 });
  const { ports, directory, documents, tell, remove, why, clock } = await follow([]);
  ports.failure = new AditError(9220);
  documents.push(a);
  await tell(a);
  expect([directory.findPort(20_001), why(a)]).toEqual([undefined, 9220]);
  ports.failure = undefined;
  clock.advance(5_000);
  await settle();
  expect([directory.findPort(20_001)?.endpoint.id, [...ports.open]]).toEqual([a.id, [20_001]]);
  await remove(a);
  expect([directory.findPort(20_001), ports.open.size]).toEqual([undefined, 0]);
});

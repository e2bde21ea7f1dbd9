import { newId } from '@adit/contracts';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import type { Document, DocumentId, DocumentKind } from '../domain/document.ts';
import { endpointFacts } from '../domain/endpoint.ts';
import type { InternalRoute, Route } from '../domain/route.ts';
import type { EdgeModules } from '../legacy-edges/edge-bodies.ts';
import { sampleRequest } from '../policy/expressions/sample-scope.testkit.ts';
import { accountId, follow, settle } from './follow-endpoints.testkit.ts';

type World = Awaited<ReturnType<typeof follow>>;

const host = 'shop.localhost';

function document(kind: DocumentKind, body: object, parentId: DocumentId | null = null): Document {
  const texts = { description: '', metadata: '', createdAtMs: 1, updatedAtMs: 1, revision: 1 };
  return { accountId, kind, id: newId(kind, 1), parentId, body, ...texts };
}

function edge(hosts: readonly string[] = [host]): Document {
  const places = hosts.map((one) => ({
    address: { scheme: 'https', host: one, port: null, binding: 'public' },
    endpointId: newId('endpoint', 1),
  }));
  return document('httpsEdge', { places, modules: {} });
}

function route({ id: edgeId }: Document, match: string, modules: EdgeModules): Document {
  const body = { edgeId, endpointId: newId('endpoint', 1), match_type: 'path_prefix', match, modules };
  return document('httpsEdgeRoute', body, edgeId);
}

const changed = ({ body }: Document, fields: object) => ({ body: { ...body, ...fields } });

/** An answer, to which a route may send. */
const answering = () =>
  document('httpResponseBackend', { endpointId: newId('endpoint', 1), status: 200, headers: {}, content: 'a' });

const to = ({ id }: Document): EdgeModules => ({ backend: { backend_id: id } });

/** What becomes of a request: the hosts that it passes, and the last answer. */
async function visit({ route: find }: World, target: string) {
  const request = sampleRequest({ target, host, authority: host });
  const path: string[] = [];
  for (let at: Route | undefined = find(host); at; ) {
    path.push(at.endpoint.host);
    if (at.chain.isEmpty) return { path, outcome: 'continue' };
    const visited = at.chain.visit(sampleConnectFacts(), endpointFacts(at.endpoint));
    const decision = await visited.request(request).decide();
    if (decision.outcome !== 'reroute') return { ...decision, path };
    at = (decision.target as InternalRoute).route;
  }
  return { path, outcome: 'nobody' };
}

test('[invariant: fail-closed] a route that gets other paths and other modules at once never serves the old with the new', async () => {
  const [one, backend] = [edge(), answering()];
  const closed = route(one, '/', { ...to(backend), user_agent_filter: { deny: ['.*'] } });
  const world = await follow([one, closed, backend]);
  expect(await visit(world, '/secret')).toMatchObject({ code: 3211 });
  // The route is looked up, and then the store does not answer.
  const { findDocument } = world.store;
  world.store.findDocument = async (key) => {
    if (key.kind === 'httpsEdge') throw new Error('gone');
    return await findDocument(key);
  };
  await world.change(closed, changed(closed, { match: '/public', modules: to(backend) }));
  expect(await visit(world, '/public/a')).toMatchObject({ status: 200 });
  expect(await visit(world, '/secret')).toMatchObject({ status: 404 });
});

test('a webhook whose provider needs no secret may have none', async () => {
  const [one, backend] = [edge(), answering()];
  const below = route(one, '/', { ...to(backend), webhook_verification: { provider: 'sns' } });
  const world = await follow([one, below, backend], { secret: Buffer.alloc(0) });
  expect(await visit(world, '/')).not.toMatchObject({ reason: 'chain/not-enforceable' });
});

test('however many addresses an edge has, others have their turn meanwhile', async () => {
  const [one, backend] = [edge(Array.from({ length: 100 }, (_, i) => `n${i}x.localhost`)), answering()];
  const world = await follow([backend]);
  world.documents.push(one);
  let turns = 0;
  const find = () => world.route('n99x.localhost');
  world.bus.publish({ ...one, type: 'document-changed' });
  for (; !find() && turns < 1_000; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(find()).toBeDefined();
  expect(turns).toBeGreaterThan(5);
});

test('with an edge its routes go', async () => {
  const [one, backend] = [edge(), answering()];
  const below = route(one, '/', to(backend));
  const world = await follow([one, below, backend]);
  const internal = () => world.backends.find({ accountId, id: below.id, scheme: 'https' });
  expect(internal()).toBeDefined();
  world.documents.splice(world.documents.indexOf(below), 1);
  await world.remove(one);
  expect(internal()).toBeUndefined();
});

test('[invariant: revoked-means-now] what is looked up while its account is suspended does not come online', async () => {
  const one = edge(['a.localhost', 'b.localhost']);
  const world = await follow([]);
  const { store, bus, documents, route: find } = world;
  const { listDocuments } = store;
  store.listDocuments = async (query) => {
    if (query.kind === 'httpsEdgeRoute') bus.publish({ type: 'account-suspended', accountId });
    return await listDocuments(query);
  };
  documents.push(one);
  await world.tell(one);
  expect([find('a.localhost'), find('b.localhost')]).toEqual([undefined, undefined]);
});

test('[invariant: fail-closed] rules that cannot be read any more refuse everybody of theirs, and are in the way of nobody else', async () => {
  const [one, backend] = [edge(), answering()];
  const broken = route(one, '/broken', { ...to(backend), traffic_policy: { value: '[' } });
  const raw = document('tlsEdge', {
    places: [
      {
        address: { scheme: 'tls', host: 'raw.localhost', port: null, binding: 'public' },
        endpointId: newId('endpoint', 1),
      },
    ],
    modules: { ...to(backend), traffic_policy: { value: '[' } },
  });
  const world = await follow([one, broken, route(one, '/', to(backend)), raw, backend]);
  expect(await visit(world, '/broken')).toMatchObject({ reason: 'chain/not-enforceable' });
  expect(await visit(world, '/')).toMatchObject({ status: 200 });
  expect(world.directory.find('tls', 'raw.localhost')?.chain.isEmpty).toBe(false);
});

test.each<[string, EdgeModules]>([
  ['response headers', { response_headers: { add: { a: 'b' } } }],
  ['compression', { compression: {} }],
])('%s behind rules that always answer are not asked, and in nobody’s way', async (_, modules) => {
  const [one, backend] = [edge(), answering()];
  const value = 'on_http_response: [{actions: [{type: custom-response, config: {status_code: 201}}]}]';
  const below = route(one, '/', { ...to(backend), ...modules, traffic_policy: { value } });
  const world = await follow([one, below, backend]);
  expect(await visit(world, '/')).toMatchObject({ status: 200 });
});

test('[invariant: revoked-means-now] who is at a backend that may not serve any more is cut when that changes', async () => {
  const [one, a, b] = [edge(), answering(), answering()];
  const weighted = document('weightedBackend', { weights: { [a.id]: 1, [b.id]: 0 } });
  const below = route(one, '/', to(weighted));
  const world = await follow([one, below, a, b, weighted]);
  const at = world.backends.find({ accountId, id: below.id, scheme: 'https' })?.route as Route;
  const next = world.backends.find({ accountId, id: weighted.id, scheme: 'https' })?.route as Route;
  const cuts: string[] = [];
  const request = sampleRequest({ target: '/', host, authority: host });
  world.grants.admit(at, { facts: sampleConnectFacts(), request, cut: () => void cuts.push('cut') }, next);
  const change = async (weights: Record<string, number>) => await world.change(weighted, { body: { weights } });
  const again = await change({ [a.id]: 1, [b.id]: 1 });
  expect(cuts).toEqual([]);
  await world.change(again, { body: { weights: { [a.id]: 0, [b.id]: 1 } } });
  await settle();
  expect(cuts).toEqual(['cut']);
});

// Who may do what through the API, as one golden table: operation × object × principal → status and code. An operation
// without rows fails.

import { newId } from '@adit/contracts';
import { modulesOf } from '@adit/contracts/api';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashSecret, newSecret } from '../domain/secret.ts';
import {
  addPerson,
  makeAgentSession,
  makeEndpoint,
  openWorld,
  type Person,
  recordTrace,
  type World,
} from './control.testkit.ts';
import { type EdgeKind, moduleBody } from './edges/module-samples.testkit.ts';
import { issueCredential } from './issue-credential.ts';
import { setLogin, testCode } from './login/login-state.testkit.ts';
import type { AnyResource } from './resources/resource.ts';
import { resources } from './resources/resources.ts';
import { makeOne, samples } from './resources/samples.testkit.ts';

interface Cast {
  readonly admin: Person;
  readonly developer: Person;
  readonly colleague: Person;
  readonly manager: Person;
  readonly viewer: Person;
  readonly stranger: Person;
}

interface Request {
  readonly url: string;
  readonly payload?: object;
}

interface Row {
  readonly operation: string;
  readonly object: string;
  /** Makes the object, again once a principal changed it, and the request about it. */
  prepare(world: World, cast: Cast): Promise<Request> | Request;
}

/** Answered without a principal: what says nothing of anybody, and what makes one. May only shrink. */
const open = ['GET /healthz', 'GET /readyz', 'GET /docs', 'GET /openapi.json', 'GET /policy-forms.json', 'POST /login'];

function credentialRows(path: string, kind: 'authtoken' | 'api_key'): Row[] {
  const idKind = kind === 'authtoken' ? 'credential' : 'apiKey';
  const owners = ['admin', 'developer', 'stranger'] as const;
  const about = (operation: string, id: string) => ({
    url: `${path}/${id}`,
    ...(operation.startsWith('PATCH') && { payload: { description: 'b' } }),
  });
  const ofOwner = (operation: string): Row[] =>
    owners.map((owner) => ({
      operation,
      object: `${owner}'s`,
      async prepare({ store }, cast) {
        const { credential } = await issueCredential(store, cast[owner], { kind, actor: null });
        return about(operation, credential.id);
      },
    }));
  const missing = (operation: string): Row => ({
    operation,
    object: 'missing',
    prepare: () => about(operation, newId(idKind, 0)),
  });
  return [
    { operation: `POST ${path}`, object: 'for oneself', prepare: () => ({ url: path, payload: {} }) },
    ...owners.map((owner) => ({
      operation: `POST ${path}`,
      object: `for ${owner}`,
      prepare: (_: World, cast: Cast) => ({ url: path, payload: { owner_id: cast[owner].userId } }),
    })),
    { operation: `GET ${path}`, object: 'all', prepare: () => ({ url: path }) },
    ...ofOwner(`GET ${path}/:id`),
    missing(`GET ${path}/:id`),
    ...ofOwner(`PATCH ${path}/:id`),
    missing(`PATCH ${path}/:id`),
    ...ofOwner(`DELETE ${path}/:id`),
    missing(`DELETE ${path}/:id`),
  ];
}

const rows: Row[] = [
  { operation: 'GET /', object: 'all', prepare: () => ({ url: '/' }) },
  ...accountRows(),
  { operation: 'GET /audit_events', object: 'all', prepare: () => ({ url: '/audit_events' }) },
  ...credentialRows('/credentials', 'authtoken'),
  ...credentialRows('/api_keys', 'api_key'),
  ...endpointRows(''),
  ...endpointRows('/health'),
  ...traceRows(),
  ...explanationRows(),
  { operation: 'GET /tunnels', object: 'all', prepare: () => ({ url: '/tunnels' }) },
  ...tunnelRows(),
  { operation: 'GET /tunnel_sessions', object: 'all', prepare: () => ({ url: '/tunnel_sessions' }) },
  ...sessionRows('GET', ''),
  ...(['/restart', '/stop', '/update'] as const).flatMap((below) => sessionRows('POST', below)),
  ...resources.flatMap(resourceRows),
  ...memberRows('/users', 'user'),
  ...ownLoginRows(),
  ...memberRows('/service_users', 'serviceUser'),
  ...memberRows('/bot_users', 'serviceUser'),
  ...verificationRows(),
  ...eventSourceRows(),
  ...httpsRouteRows(),
  ...moduleRows(),
];

function accountRows(): Row[] {
  const rowsOf = (method: 'GET' | 'PATCH'): Row[] => {
    const operation = `${method} /accounts/:id`;
    const about = (id: string) => ({ url: `/accounts/${id}`, ...(method === 'PATCH' && { payload: { name: 'b' } }) });
    const ofPeople = (['admin', 'stranger'] as const).map((owner) => ({
      operation,
      object: `${owner}'s`,
      prepare: (_: World, cast: Cast) => about(cast[owner].accountId),
    }));
    return [...ofPeople, { operation, object: 'missing', prepare: () => about(newId('account', 0)) }];
  };
  const all = { operation: 'GET /accounts', object: 'all', prepare: () => ({ url: '/accounts' }) };
  return [all, ...rowsOf('GET'), ...rowsOf('PATCH')];
}

function explanationRows(): Row[] {
  const operation = 'POST /policy_explanations';
  const about = (url: string) => ({ url: '/policy_explanations', payload: { url } });
  const ofEndpoints = (['admin', 'stranger'] as const).map((owner) => ({
    operation,
    object: `${owner}'s`,
    prepare({ endpoints }: World, cast: Cast) {
      const endpoint = makeEndpoint(cast[owner].accountId, `explained-${++names}`);
      endpoints.push(endpoint);
      return about(endpoint.url);
    },
  }));
  const draft = { ...about('https://draft.localhost').payload, policy: 'a draft' };
  return [
    ...ofEndpoints,
    { operation, object: 'missing', prepare: () => about('https://missing.localhost') },
    { operation, object: 'a draft', prepare: () => ({ url: '/policy_explanations', payload: draft }) },
  ];
}

function tunnelRows(): Row[] {
  return endpointRows('').map(({ object, prepare }) => ({
    operation: 'GET /tunnels/:id',
    object,
    async prepare(world: World, cast: Cast) {
      const { url } = await prepare(world, cast);
      return { url: url.replace('/endpoints/ep_', '/tunnels/tn_') };
    },
  }));
}

let names = 0;

function memberRows(path: string, kind: 'user' | 'serviceUser'): Row[] {
  const owners = { "admin's account's": 'admin', "stranger's": 'stranger' } as const;
  const one = (method: 'GET' | 'PATCH' | 'DELETE', payload?: object): Row[] => {
    const operation = `${method} ${path}/:id`;
    const about = (id: string) => ({ url: `${path}/${id}`, ...(payload && { payload }) });
    const ofAccounts = Object.entries(owners).map(([object, owner]) => ({
      operation,
      object,
      prepare: async ({ store }: World, cast: Cast) =>
        about((await addPerson(store, 'developer', cast[owner].accountId, kind)).userId),
    }));
    return [...ofAccounts, { operation, object: 'missing', prepare: () => about(newId(kind, 0)) }];
  };
  const administrator = (operation: string, payload?: object): Row => ({
    operation,
    object: 'an administrator',
    async prepare({ store }, { admin }) {
      const { userId } = await addPerson(store, 'administrator', admin.accountId, kind);
      return { url: `${path}/${userId}`, ...(payload && { payload }) };
    },
  });
  const made = (object: string, change: object): Row => ({
    ...{ operation: `POST ${path}`, object },
    prepare: () => ({ url: path, payload: { name: `n${++names}`, ...change } }),
  });
  const roles = { team: 'manager' };
  return [
    made('a developer', {}),
    made('a viewer', { roles: { developer: 'read_only' } }),
    made('an administrator', { roles: { administrator: true } }),
    { operation: `GET ${path}`, object: 'all', prepare: () => ({ url: path }) },
    ...one('GET'),
    ...one('PATCH', { roles }),
    administrator(`PATCH ${path}/:id`, { roles }),
    ...one('DELETE'),
    administrator(`DELETE ${path}/:id`),
  ];
}

function ownLoginRows(): Row[] {
  const [text, other] = ['three words together', 'other words together'];
  const calls: [operation: string, totp: 'begun' | 'confirmed' | undefined, payload: (world: World) => object][] = [
    ['PUT /users/:id/password', undefined, () => ({ current_password: text, new_password: other })],
    ['POST /users/:id/totp', undefined, () => ({ current_password: text })],
    ['POST /users/:id/totp/confirm', 'begun', ({ clock }) => ({ code: testCode(clock.timeOfDay()) })],
    ['POST /users/:id/totp/remove', 'confirmed', ({ clock }) => ({ code: testCode(clock.timeOfDay()) })],
  ];
  return calls.flatMap(([operation, totp, payload]) => {
    const about = (world: World, id: string) => ({
      url: operation.replace(/^\w+ /, '').replace(':id', id),
      payload: payload(world),
    });
    const owned = (['admin', 'developer', 'stranger'] as const).map((owner) => ({
      operation,
      object: `${owner}'s`,
      async prepare(world: World, cast: Cast) {
        const { userId } = cast[owner];
        await setLogin(world.store, userId, { password: { text }, ...(totp && { totp }) });
        return about(world, userId);
      },
    }));
    return [...owned, { operation, object: 'missing', prepare: (world: World) => about(world, newId('user', 0)) }];
  });
}

function eventSourceRows(): Row[] {
  const type = 'ip_policy_created.v0';
  const rowsOf = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', below: '' | '/:type'): Row[] => {
    const operation = `${method} /event_subscriptions/:id/sources${below}`;
    const payload = method === 'POST' ? { type: 'one_more.v0' } : method === 'PATCH' ? {} : undefined;
    const about = (id: string) => ({
      url: `/event_subscriptions/${id}/sources${below && `/${type}`}`,
      ...(payload && { payload }),
    });
    const ofAccount = (['admin', 'stranger'] as const).map((owner) => ({
      operation,
      object: `${owner}'s`,
      prepare: async (world: World, cast: Cast) => about((await makeOne(world, cast[owner], 'eventSubscription')).id),
    }));
    return [...ofAccount, { operation, object: 'missing', prepare: () => about(newId('eventSubscription', 0)) }];
  };
  const one = (['GET', 'PATCH', 'DELETE'] as const).flatMap((method) => rowsOf(method, '/:type'));
  return [...rowsOf('GET', ''), ...rowsOf('POST', ''), ...one];
}

function verificationRows(): Row[] {
  const rowsOf = (method: 'POST' | 'DELETE', below: string): Row[] => {
    const operation = `${method} /reserved_domains/:id/${below}`;
    const about = (id: string) => ({ url: `/reserved_domains/${id}/${below}` });
    const ofAccount = (['admin', 'stranger'] as const).map((owner) => ({
      operation,
      object: `${owner}'s`,
      prepare: async (world: World, cast: Cast) => about((await makeOne(world, cast[owner], 'reservedDomain')).id),
    }));
    return [...ofAccount, { operation, object: 'missing', prepare: () => about(newId('reservedDomain', 0)) }];
  };
  return [
    ...rowsOf('POST', 'verify'),
    ...rowsOf('DELETE', 'certificate'),
    ...rowsOf('DELETE', 'certificate_management_policy'),
  ];
}

async function send(
  { app }: World,
  { key }: Person,
  call: { method: 'POST' | 'PUT'; url: string; payload: object },
): Promise<{ id: string }> {
  const response = await app.inject({ ...call, headers: { authorization: `Bearer ${key}` } });
  if (response.statusCode > 201) throw new Error(response.body);
  return response.json();
}

/** The path of an edge of that person's account, or of a route of one. */
async function makeEdge(world: World, owner: Person, kind: EdgeKind): Promise<string> {
  if (kind !== 'httpsEdgeRoute') return `${pathOf(kind)}/${(await makeOne(world, owner, kind)).id}`;
  const routes = `/edges/https/${(await makeOne(world, owner, 'httpsEdge')).id}/routes`;
  const payload = await samples.httpsEdgeRoute.create(world, owner);
  return `${routes}/${(await send(world, owner, { method: 'POST', url: routes, payload })).id}`;
}

function pathOf(kind: EdgeKind): string {
  return resources.find((one) => one.kind === kind)?.contract.path ?? '/edges/https/:edge_id/routes';
}

const unknownEdge = (kind: EdgeKind) => `${pathOf(kind).replace(':edge_id', newId('httpsEdge', 0))}/${newId(kind, 0)}`;

/** Whatever is below an edge, or a route of one, of the admin's account, of another's, and of nobody's. */
function belowEdgeRows(
  kind: EdgeKind,
  [method, below]: readonly [method: string, below: string],
  prepare: (world: World, owner: Person, path: string) => Promise<object | undefined>,
): Row[] {
  const operation = `${method} ${pathOf(kind)}/:id${below}`;
  const row = (owner: 'admin' | 'stranger', object: string, isThere: boolean): Row => ({
    operation,
    object,
    async prepare(world, cast) {
      const path = await makeEdge(world, cast[owner], kind);
      const payload = await prepare(world, cast[owner], path);
      return { url: `${isThere ? path : unknownEdge(kind)}${below}`, ...(payload && { payload }) };
    },
  });
  return [row('admin', "admin's", true), row('stranger', "stranger's", true), row('admin', 'missing', false)];
}

function moduleRows(): Row[] {
  return (Object.keys(modulesOf) as EdgeKind[]).flatMap((kind) =>
    modulesOf[kind].flatMap((name) => {
      const put = async (world: World, owner: Person, path: string) => {
        const payload = await moduleBody(world, owner, { kind, name });
        await send(world, owner, { method: 'PUT', url: `${path}/${name}`, payload });
      };
      const below = `/${name}`;
      return [
        ...belowEdgeRows(kind, ['GET', below], async (...place) => void (await put(...place))),
        ...belowEdgeRows(kind, ['PUT', below], (world, owner) => moduleBody(world, owner, { kind, name })),
        ...belowEdgeRows(kind, ['DELETE', below], async (...place) => void (await put(...place))),
      ];
    }),
  );
}

function httpsRouteRows(): Row[] {
  const operation = 'POST /edges/https/:edge_id/routes';
  const payload = { match_type: 'exact_path', match: '/new' };
  const made = (owner: 'admin' | 'stranger'): Row => ({
    ...{ operation, object: `below ${owner}'s` },
    prepare: async (world, cast) => ({ url: `${await makeEdge(world, cast[owner], 'httpsEdge')}/routes`, payload }),
  });
  const url = `/edges/https/${newId('httpsEdge', 0)}/routes`;
  return [
    made('admin'),
    made('stranger'),
    { operation, object: 'below a missing one', prepare: () => ({ url, payload }) },
    ...belowEdgeRows('httpsEdgeRoute', ['GET', ''], async () => undefined),
    ...belowEdgeRows('httpsEdgeRoute', ['PATCH', ''], async () => payload),
    ...belowEdgeRows('httpsEdgeRoute', ['DELETE', ''], async () => undefined),
  ];
}

function resourceRows({ kind, contract: { path } }: AnyResource): Row[] {
  const sample = samples[kind];
  const one = (method: 'GET' | 'PATCH' | 'DELETE'): Row[] => {
    const about = (id: string) => ({ url: `${path}/${id}`, ...(method === 'PATCH' && { payload: sample.update }) });
    const operation = `${method} ${path}/:id`;
    const ofAccount = (['admin', 'stranger'] as const).map((owner) => ({
      operation,
      object: `${owner}'s`,
      prepare: async (world: World, cast: Cast) => about((await makeOne(world, cast[owner], kind)).id),
    }));
    return [...ofAccount, { operation, object: 'missing', prepare: () => about(newId(kind, 0)) }];
  };
  return [
    {
      operation: `POST ${path}`,
      object: "in the admin's account",
      prepare: async (world, { admin }) => ({ url: path, payload: await sample.create(world, admin) }),
    },
    { operation: `GET ${path}`, object: 'all', prepare: () => ({ url: path }) },
    ...one('GET'),
    ...one('PATCH'),
    ...one('DELETE'),
  ];
}

function sessionRows(method: 'GET' | 'POST', below: string): Row[] {
  const operation = `${method} /tunnel_sessions/:id${below}`;
  const about = (id: string) => ({
    url: `/tunnel_sessions/${id}${below}`,
    ...(method === 'POST' && { payload: {} }),
  });
  const owned = (['admin', 'developer', 'stranger'] as const).map((owner) => ({
    operation,
    object: `${owner}'s`,
    prepare({ agentSessions }: World, cast: Cast) {
      const session = makeAgentSession(cast[owner]);
      agentSessions.push(session);
      return about(session.id);
    },
  }));
  return [...owned, { operation, object: 'missing', prepare: () => about(newId('agentSession', 0)) }];
}

function endpointRows(below: '' | '/health'): Row[] {
  const operation = `GET /endpoints/:id${below}`;
  const missing = {
    operation,
    object: 'missing',
    prepare: () => ({ url: `/endpoints/${newId('endpoint', 0)}${below}` }),
  };
  const owned = (['admin', 'stranger'] as const).map((owner) => ({
    operation,
    object: `${owner}'s account's`,
    prepare({ endpoints }: World, cast: Cast) {
      const endpoint = makeEndpoint(cast[owner].accountId, 'app');
      endpoints.push(endpoint);
      return { url: `/endpoints/${endpoint.id}${below}` };
    },
  }));
  return [...owned, missing];
}

function traceRows(): Row[] {
  const operation = 'GET /decision_traces/:id';
  const missing = { operation, object: 'missing', prepare: () => ({ url: `/decision_traces/${newId('request', 0)}` }) };
  const owned = (['admin', 'stranger'] as const).map((owner) => ({
    operation,
    object: `${owner}'s account's`,
    prepare: (world: World, cast: Cast) => ({ url: `/decision_traces/${recordTrace(world, cast[owner].accountId)}` }),
  }));
  return [...owned, missing];
}

type Caller = (world: World, cast: Cast) => Promise<string | undefined> | string | undefined;
const callers: Record<string, Caller> = {
  "administrator's key": (_, { admin }) => admin.key,
  "developer's key": (_, { developer }) => developer.key,
  "colleague's key": (_, { colleague }) => colleague.key,
  "manager's key": (_, { manager }) => manager.key,
  "viewer's key": (_, { viewer }) => viewer.key,
  "foreign administrator's key": (_, { stranger }) => stranger.key,
  "administrator's authtoken": async ({ store }, { admin }) =>
    (await issueCredential(store, admin, { kind: 'authtoken', actor: null })).secret,
  'revoked key': async ({ store }, { admin }) => {
    const { credential, secret } = await issueCredential(store, admin, { kind: 'api_key', actor: null });
    await store.write((tx) => tx.deleteCredential(credential));
    return secret;
  },
  "nobody's key": () => newSecret('api_key'),
  'no key': () => undefined,
};

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.dispose());

async function newCast({ store }: World): Promise<Cast> {
  const admin = await addPerson(store, 'administrator');
  return {
    admin,
    developer: await addPerson(store, 'developer', admin.accountId),
    colleague: await addPerson(store, 'developer', admin.accountId),
    manager: await addPerson(store, 'manager', admin.accountId),
    viewer: await addPerson(store, 'viewer', admin.accountId),
    stranger: await addPerson(store, 'administrator'),
  };
}

async function callAs(key: string | undefined, { operation }: Row, request: Request): Promise<LightMyRequestResponse> {
  const method = operation.split(' ')[0] as 'GET';
  return await world.app.inject({
    ...{ method, ...request },
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
}

function describe(response: LightMyRequestResponse): string {
  if (response.statusCode < 400) return String(response.statusCode);
  const { error_code } = response.json<{ error_code: string }>();
  return `${response.statusCode} ${error_code.replace('ERR_ADIT_', '')}`;
}

test('every operation asks the decider: a principal that nothing is allowed to gets nothing, whoever let it in', async () => {
  const cast = await newCast(world);
  const { credential, secret } = await issueCredential(world.store, cast.admin, { kind: 'authtoken', actor: null });
  const find = world.store.findPrincipal.bind(world.store);
  const passed: string[] = [];
  for (const row of rows) {
    const request = await row.prepare(world, cast);
    // As if authentication had mistaken an authtoken for an API key.
    world.store.findPrincipal = () => find('authtoken', hashSecret(secret));
    const response = await callAs(cast.admin.key, row, request);
    world.store.findPrincipal = find;
    if (response.statusCode < 400) passed.push(`${row.operation} ${row.object}`);
  }
  expect(passed).toEqual([]);
  expect(await world.store.findCredential(credential)).toEqual(credential);
});

test('every operation answers every principal as the golden table says', async () => {
  const lines: string[] = [];
  const cast = await newCast(world);
  const keys = new Map<string, string | undefined>();
  for (const [name, caller] of Object.entries(callers)) keys.set(name, await caller(world, cast));
  for (const row of rows) {
    let request: Request | undefined;
    for (const [name, key] of keys) {
      request ??= await row.prepare(world, cast);
      const response = await callAs(key, row, request);
      lines.push([row.operation.padEnd(27), row.object.padEnd(20), name.padEnd(28), describe(response)].join(' '));
      // What was changed is made anew for the next.
      if (!row.operation.startsWith('GET') && response.statusCode < 400) request = undefined;
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./operations.golden.txt');
  // Some 6,000 calls.
}, 120_000);

test('every operation has rows in the table, and every row an operation', async () => {
  const answered = world.operations.map(({ method, path }) => `${method} ${path}`).sort();
  const tested = [...new Set([...rows.map(({ operation }) => operation), ...open])].sort();
  expect(tested).toEqual(answered);
});

const sameForMissing = rows.filter(({ object, operation }) => {
  return ["stranger's", 'missing'].includes(object) && operation.includes('/:id');
});

test.each(sameForMissing)(
  '$operation: an object that is $object gives the answer of a missing one, to the letter',
  async (row) => {
    const cast = await newCast(world);
    world.commands.length = 0;
    const { body, statusCode } = await callAs(cast.admin.key, row, await row.prepare(world, cast));
    expect(`${statusCode} ${body.replace(/op_\w+/, 'op')}`).toBe(
      '404 {"error_code":"ERR_ADIT_9101","status_code":404,"msg":"There is no such object in your account. Check the id.","details":{"operation_id":"op"}}',
    );
    expect(world.commands).toEqual([]);
  },
);

// T31: two accounts with the same configuration on one server: the same names, the same rules, the same tokens and deliveries. What
// one of them does, and whatever the server remembers of it, is nothing to the other. Each step is foretold for each account as if
// it were alone.
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKey, otherAccount } from './support/admin.ts';
import { type KeyServer, startKeyServer } from './support/key-server.ts';
import { makePair } from './support/own-certificate.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { type Met, SharedConnection, Tenant } from './support/tenant.ts';
import { startUpstream } from './support/upstream.ts';

const count = 600;
const capacity = 3;
const hookSecret = 'the same in both accounts';
const innerUrl = 'https://inner.internal';

/** Everything that is counted or remembered, behind one name that both accounts have. */
const innerPolicy = (origin: string) => `
on_http_request:
  - expressions: ["req.url.path == '/limited'"]
    actions:
      - type: rate-limit
        config:
          {name: same, algorithm: sliding_window, capacity: ${capacity}, rate: 24h, bucket_key: ["req.headers['x-bucket'][0]"]}
  - expressions: ["req.url.path == '/hook'"]
    actions: [{type: verify-webhook, config: {provider: slack, secret: "${hookSecret}"}}]
  - expressions: ["req.url.path == '/members'"]
    actions: [{type: basic-auth, config: {credentials: ["ann:\${secrets.get('web', 'ann')}"]}}]
  - expressions: ["req.url.path == '/token'"]
    actions:
      - type: jwt-validation
        config:
          issuer: {allow_list: [{value: "${origin}"}]}
          http: {tokens: [{type: jwt, method: header, name: authorization, prefix: "Bearer "}]}
          jws: {allowed_algorithms: [EdDSA], keys: {sources: {additional_jkus: ["${origin}/\${secrets.get('web', 'realm')}"]}}}
`;
const outerPolicy = `on_http_request: [{actions: [{type: forward-internal, config: {url: "${innerUrl}"}}]}]`;

/** What an account has, and what has happened to it, as if there were no other. */
interface Model {
  readonly tenant: Tenant;
  readonly addresses: string;
  readonly secret: string;
  password: string;
  readonly denied: Map<string, string>;
  readonly wrong: Map<string, number>;
  readonly limited: Map<string, number>;
  readonly delivered: Set<number>;
  readonly made: Map<string, string>;
  readonly traces: string[];
}

interface World {
  readonly server: TestServer;
  readonly issuers: KeyServer;
  readonly signedAtS: number;
  readonly models: readonly [Model, Model];
}

async function make(tenant: Tenant, path: string, body: object): Promise<string> {
  const { status, json } = await tenant.call('POST', path, { body });
  expect([status, json['msg']]).toEqual([201, undefined]);
  return String(json['id']);
}

/** The same in both. */
async function furnish(server: TestServer, tenant: Tenant, authtoken: string, issuers: KeyServer): Promise<Model> {
  const { name } = tenant;
  const vault = await make(tenant, '/vaults', { name: 'web' });
  const password = `password of ${name}`;
  const secret = await make(tenant, '/vault_secrets', { name: 'ann', value: password, vault_id: vault });
  await make(tenant, '/vault_secrets', { name: 'realm', value: name, vault_id: vault });
  const addresses = await make(tenant, '/ip_policies', { description: 'the same' });
  await make(tenant, '/ip_policy_rules', { ip_policy_id: addresses, action: 'allow', cidr: '127.0.0.0/8' });
  for (const type of ['endpoints', 'api', 'agent']) {
    await make(tenant, '/ip_restrictions', { type, enforced: true, ip_policy_ids: [addresses] });
  }
  const service = await startUpstream((_, response) => response.end(`service of ${name}`));
  const { session } = await openSession(server, { authtoken });
  const trafficPolicy = innerPolicy(issuers.origin);
  await session.forward({ upstream: String(service.port), url: innerUrl, trafficPolicy });
  await make(tenant, '/endpoints', { url: `https://${tenant.host}`, traffic_policy: outerPolicy });
  await expect.poll(async () => (await tenant.visit({ path: '/', from: null })).body).toBe(`service of ${name}`);
  const nothing = { denied: new Map(), wrong: new Map(), limited: new Map(), delivered: new Set<number>() };
  return { ...{ tenant, addresses, secret, password }, ...nothing, made: new Map(), traces: [] };
}

const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` });

interface Step {
  readonly who: number;
  /** For whatever the step chooses. */
  readonly n: number;
  readonly m: number;
}

/** One thing that happens to one account; all of it is compared with what its model says. */
type Happening = (own: Model, other: Model, step: Step, world: World) => Promise<void>;

/** Somewhere a visitor comes from: an address, or the connection that all share. */
const placeOf = (m: number) => (m % 4 === 0 ? null : `127.0.1.${1 + (m % 5)}`);

let looks = 0;
/** Where nobody has been for a long time. */
const elsewhere = () => `127.0.3.${1 + (looks++ % 250)}`;

/** Refused by where he comes from, or else as `meant` says. */
function expectMet(own: Model, from: string | null, met: Met, meant: readonly (string | null)[]): void {
  if (from !== null && own.denied.has(from)) return void expect(met.code).toBe('ERR_ADIT_3205');
  expect(meant).toContain(met.code);
  if (met.code === null) expect([met.status, met.body]).toEqual([200, `service of ${own.tenant.name}`]);
}

const happenings: Readonly<Record<string, Happening>> = {
  async plain(own, _other, { m }) {
    const from = placeOf(m);
    expectMet(own, from, await own.tenant.visit({ path: '/', from }), [null]);
  },

  async members(own, other, { n, m }) {
    const from = placeOf(m);
    const place = from ?? 'shared';
    const password = [own.password, other.password, 'a wrong one'][n % 3] ?? '';
    const met = await own.tenant.visit({ path: '/members', headers: basic(password), from });
    if (met.code !== null) own.traces.push(met.requestId);
    const wrong = own.wrong.get(place) ?? 0;
    const isBlocked = wrong >= 20 ? ['ERR_ADIT_9611'] : [];
    expectMet(own, from, met, password === own.password ? [null, ...isBlocked] : ['ERR_ADIT_9610', ...isBlocked]);
    if (met.code === 'ERR_ADIT_9610') own.wrong.set(place, wrong + 1);
  },

  async limited(own, _other, { n, m }) {
    const bucket = `b${n % 6}`;
    const from = placeOf(m);
    const met = await own.tenant.visit({ path: '/limited', headers: { 'x-bucket': bucket }, from });
    const count = own.limited.get(bucket) ?? 0;
    expectMet(own, from, met, [count < capacity ? null : 'ERR_ADIT_9612']);
    if (met.code === null) own.limited.set(bucket, count + 1);
  },

  async hook(own, _other, { n, m }, { signedAtS }) {
    const from = placeOf(m);
    const body = JSON.stringify({ delivery: n % 12 });
    const signature = createHmac('sha256', hookSecret).update(`v0:${signedAtS}:${body}`).digest('hex');
    const headers = { 'x-slack-signature': `v0=${signature}`, 'x-slack-request-timestamp': String(signedAtS) };
    const met = await own.tenant.visit({ path: '/hook', method: 'POST', headers, body, from });
    expectMet(own, from, met, [own.delivered.has(n % 12) ? 'ERR_ADIT_3204' : null]);
    if (met.code === null) own.delivered.add(n % 12);
  },

  async token(own, other, { n, m }, { issuers }) {
    const from = placeOf(m);
    const signer = n % 2 === 0 ? own : other;
    const headers = { authorization: `Bearer ${issuers.tokenOf(signer.tenant.name)}` };
    const met = await own.tenant.visit({ path: '/token', headers, from });
    expectMet(own, from, met, signer === own ? [null] : ['ERR_ADIT_3401']);
  },

  async changedSecret(own, other, { n }) {
    const value = n % 3 === 0 ? other.password : `password ${n} of ${own.tenant.name}`;
    expect((await own.tenant.call('PATCH', `/vault_secrets/${own.secret}`, { body: { value } })).status).toBe(200);
    own.password = value;
    const path = '/members';
    // From where nobody is refused, and each time from elsewhere: before the change is heard it is a guess.
    const seen = (model: Model) => model.tenant.visit({ path, headers: basic(model.password), from: elsewhere() });
    await expect.poll(async () => (await seen(own)).code).toBe(null);
    expect((await seen(other)).code).toBe(null);
  },

  async changedAddresses(own, other, { m }) {
    const from = `127.0.1.${1 + (m % 5)}`;
    const rule = own.denied.get(from);
    if (rule) {
      expect((await own.tenant.call('DELETE', `/ip_policy_rules/${rule}`)).status).toBe(204);
      own.denied.delete(from);
    } else {
      const body = { ip_policy_id: own.addresses, action: 'deny', cidr: `${from}/32` };
      own.denied.set(from, await make(own.tenant, '/ip_policy_rules', body));
    }
    const wanted = ({ denied }: Model) => (denied.has(from) ? 'ERR_ADIT_3205' : null);
    await expect.poll(async () => (await own.tenant.visit({ path: '/', from })).code).toBe(wanted(own));
    expect((await other.tenant.visit({ path: '/', from })).code).toBe(wanted(other));
  },

  async api(own, _other, { m }) {
    const from = `127.0.1.${1 + (m % 5)}`;
    // The gate follows the same list; its change is heard a moment later.
    const wanted = own.denied.has(from) ? 'ERR_ADIT_220' : null;
    await expect.poll(async () => (await own.tenant.call('GET', '/vaults', { from })).code).toBe(wanted);
  },

  async trace(own, other, { n }) {
    const requestId = own.traces[n % Math.max(1, own.traces.length)];
    if (requestId === undefined) return;
    const path = `/decision_traces/${requestId}`;
    expect((await own.tenant.call('GET', path)).json).toMatchObject({ request_id: requestId });
    expect((await other.tenant.call('GET', path)).code).toBe('ERR_ADIT_9101');
  },

  async idempotent(own, other, { n }) {
    const key = `key-${n % 5}`;
    const headers = { 'idempotency-key': key };
    const { status, json } = await own.tenant.call('POST', '/vaults', { body: { name: key }, headers });
    expect([status, json['name']]).toEqual([201, key]);
    const id = String(json['id']);
    expect(own.made.get(key) ?? id).toBe(id);
    own.made.set(key, id);
    expect(other.made.get(key)).not.toBe(id);
    expect((await other.tenant.call('GET', `/vaults/${id}`)).code).toBe('ERR_ADIT_9101');
  },

  async explained(own, other, { n, m }) {
    const from = `127.0.1.${1 + (m % 5)}`;
    const ask = async (of: Model) => {
      const body = { url: `https://${of.tenant.host}`, path: '/members', client_ip: from };
      const headers = [`authorization: ${basic(own.password).authorization}`];
      return await own.tenant.call('POST', '/policy_explanations', { body: { ...body, headers } });
    };
    expect((await ask(other)).code).toBe('ERR_ADIT_9101');
    const { json } = await ask(own);
    const isBlocked = (own.wrong.get(from) ?? 0) >= 20;
    const reasons = own.denied.has(from)
      ? ['restrict-ips/in-deny-list']
      : [null, ...(isBlocked ? ['basic-auth/throttled'] : [])];
    expect(reasons).toContain(json['reason']);
    // What the other has is nothing that rules could rest on.
    const foreign = n % 2 === 0 ? other.addresses : `ipp_${'0'.repeat(27)}`;
    const policy = `on_tcp_connect: [{actions: [{type: restrict-ips, config: {ip_policies: ["${foreign}"]}}]}]`;
    const draft = { url: 'https://new.localhost', policy };
    expect((await own.tenant.call('POST', '/policy_explanations', { body: draft })).code).toBe('ERR_ADIT_1402');
  },
};

async function openWorld(context: Parameters<typeof makePair>[0]): Promise<World> {
  const pair = await makePair(context, 'localhost');
  const dir = await newDataDir();
  const caFile = join(dir, 'issuer.pem');
  await writeFile(caFile, pair.cert);
  const issuers = await startKeyServer(pair, ['one', 'two']);
  const env = { NODE_EXTRA_CA_CERTS: caFile };
  const server = await startServer({
    env,
    args: ['--outgoing-network', '127.0.0.0/8', '--outgoing-network', '::1/128'],
  });
  const shared = new SharedConnection(server, 'one.localhost');
  const { apiKey, authtoken } = firstRunOf(server);
  const theirKey = await otherAccount(server.dataDir);
  const theirToken = await createKey(server.dataDir, ['--account', 'others', '--user', 'ada', '--kind', 'authtoken']);
  const one = await furnish(server, new Tenant(server, { name: 'one', apiKey, shared }), authtoken, issuers);
  const two = await furnish(server, new Tenant(server, { name: 'two', apiKey: theirKey, shared }), theirToken, issuers);
  return { server, issuers, signedAtS: Math.floor(Date.now() / 1000), models: [one, two] };
}

it('[invariant: tenancy-in-every-key] T31: what one account does is nothing to another with the same names, rules, tokens and deliveries', {
  timeout: 180_000,
}, async (context) => {
  const world = await openWorld(context);
  const counts = new Map<string, number>();
  const kinds = Object.keys(happenings);
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    who: fc.constantFrom(0, 1),
    n: fc.nat(1_000),
    m: fc.nat(1_000),
  });
  // A server cannot be put back, so nothing is made shorter: the seed and the step tell all.
  const seed = Number(process.env['TENANTS_SEED'] ?? Date.now() % 2 ** 31);
  for (const [i, { kind, ...one }] of fc.sample(step, { seed, numRuns: count }).entries()) {
    const [own, other] = one.who === 0 ? world.models : world.models.toReversed();
    if (!own || !other) throw new TypeError('There are two');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    try {
      await happenings[kind]?.(own, other, one, world);
    } catch (cause) {
      throw new Error(`Step ${i} with TENANTS_SEED=${seed}: ${JSON.stringify({ kind, ...one })}`, { cause });
    }
  }
  console.log(`two accounts, ${count} steps, seed ${seed}: ${JSON.stringify(Object.fromEntries(counts))}`);
  expect([...counts.keys()].sort()).toEqual(kinds.sort());
});

it('[invariant: tenancy-in-every-key] T31: who guesses, or calls too much, in one account slows down nobody in another', {
  timeout: 120_000,
}, async (context) => {
  const { models } = await openWorld(context);
  const [one, two] = models;
  const guess = (model: Model, password: string) =>
    model.tenant.visit({ path: '/members', headers: basic(password), from: '127.0.1.1' });
  for (let i = 0; i < 20; i++) expect((await guess(one, 'wrong')).code).toBe('ERR_ADIT_9610');
  expect((await guess(one, one.password)).code).toBe('ERR_ADIT_9611');
  expect((await guess(two, two.password)).code).toBe(null);

  const callMany = async (): Promise<string | null> => {
    for (;;) {
      const { code } = await one.tenant.call('GET', '/vaults');
      if (code !== null) return code;
    }
  };
  expect(new Set(await Promise.all(Array.from({ length: 8 }, callMany)))).toEqual(new Set(['ERR_ADIT_226']));
  expect((await two.tenant.call('GET', '/vaults')).code).toBe(null);
});

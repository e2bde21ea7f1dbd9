// `adit policy explain <url>`: what a running server says about visitors is what they meet, and asking leaves no trace.
import { describe, expect, it, onTestFinished } from 'vitest';
import { isPostgresInstalled, startPostgres } from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { otherAccount } from './support/admin.ts';
import { forwardWithPolicy, openSession } from './support/ngrok-session.ts';
import { run } from './support/program.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const aditCommand = new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname;

/** Runs `adit policy explain …` to its end, as the first administrator of that server. */
async function explain(server: TestServer, words: readonly string[], apiKey = firstRunOf(server).apiKey) {
  const env = { ADIT_API_URL: server.ready.api, ADIT_API_KEY: apiKey, ADIT_API_CAS: server.ready.caFile };
  return await run([process.execPath, aditCommand, 'policy', 'explain', ...words], {
    env: { ...env, XDG_CONFIG_HOME: '/nowhere' },
  });
}

async function make(server: TestServer, path: string, body: object): Promise<string> {
  const { status, json } = await callApi(server, firstRunOf(server).apiKey, { method: 'POST', path, body });
  expect([status, json['msg']]).toEqual([201, undefined]);
  return String(json['id']);
}

/** What the metrics tell of visitors who were refused. */
async function denials({ ready }: TestServer): Promise<string[]> {
  const text = await (await fetch(`${ready.operator}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('adit_denials_total{'));
}

const policy = `
on_http_request:
  - name: members
    expressions: ["req.url.path.startsWith('/members')"]
    actions:
      - type: rate-limit
        config: {name: n, algorithm: sliding_window, capacity: 1, rate: 60s, bucket_key: [conn.client_ip]}
      - type: http-request
        config: {url: "https://127.0.0.1"}
      - type: header-auth
        config: {header: x-key, secrets: ["\${secrets.get('web', 'key')}"]}
      - type: add-headers
        config: {headers: {authorization: "Bearer \${secrets.get('web', 'key')}"}}
  - expressions: ["'x-forwarded-for' in req.headers && req.headers['x-forwarded-for'][0] == '10.9.8.7'"]
    actions: [{type: deny}]
`;
const secret = 'hush-hush-0815';

it('what is said of an endpoint is what its visitors meet, and nobody who asks is counted', async () => {
  const server = await startServer();
  const upstream = await startUpstream((incoming, response) => response.end(JSON.stringify(incoming.headers)));
  const vault = await make(server, '/vaults', { name: 'web' });
  await make(server, '/vault_secrets', { name: 'key', value: secret, vault_id: vault });
  const url = await forwardWithPolicy(server, policy, upstream.port);

  const wrong = await explain(server, [`${url}/members`, '--header', 'x-key: guessed']);
  expect([wrong.code, wrong.stdout]).toEqual([4, expect.stringContaining('refused: header-auth/wrong, status 401')]);
  expect(wrong.stdout).toContain('http-request: continue (would call another service');
  for (let i = 0; i < 3; i++) {
    const right = await explain(server, [`${url}/members?a`, '--header', `x-key: ${secret}`, '--json']);
    expect([right.code, right.stderr]).toEqual([0, '']);
    const { forwarded } = JSON.parse(right.stdout) as { forwarded: { target: string; headers: object[] } };
    expect(forwarded.target).toBe('/members?a');
    expect(forwarded.headers).toContainEqual({ name: 'authorization', value: null });
  }
  expect(await denials(server)).toEqual([]);
  // Nobody has come yet: the one who does is let through, and the next is not.
  const come = async () => (await visit(server, `${url}/members`, { headers: { 'x-key': secret } })).status;
  expect([await come(), await come()]).toEqual([200, 429]);
  expect(await denials(server)).toEqual(['adit_denials_total{reason="rate-limit/limited"} 1']);
  const limited = await explain(server, [`${url}/members`, '--ip', '127.0.0.1']);
  expect([limited.code, limited.stdout]).toEqual([4, expect.stringContaining('rate-limit/limited')]);

  // Rules see what the edge makes of a request, not what the visitor claims.
  const claims = await explain(server, [url, '--header', 'X-Forwarded-For: 10.9.8.7']);
  expect([claims.code, (await visit(server, url, { headers: { 'x-forwarded-for': '10.9.8.7' } })).status]).toEqual([
    0, 200,
  ]);
  const told = await explain(server, [url, '--ip', '10.9.8.7']);
  expect([told.code, told.stdout]).toEqual([4, expect.stringContaining('deny/refused')]);
});

it('rules of the account, a cloud endpoint and an agent, one behind the other; and a draft before it is saved', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_, response) => response.end('in'));
  const addresses = await make(server, '/ip_policies', {});
  await make(server, '/ip_policy_rules', { ip_policy_id: addresses, action: 'allow', cidr: '0.0.0.0/0' });
  await make(server, '/ip_policy_rules', { ip_policy_id: addresses, action: 'deny', cidr: '10.0.0.0/8' });
  await make(server, '/ip_restrictions', { type: 'endpoints', enforced: true, ip_policy_ids: [addresses] });
  const session = await openSession(server);
  const inner = 'on_http_request: [{expressions: ["req.method == \'DELETE\'"], actions: [{type: deny}]}]';
  await session
    .httpEndpoint()
    .domain('users.internal')
    .trafficPolicy(inner)
    .listenAndForward(`http://127.0.0.1:${upstream.port}`);
  const traffic_policy =
    'on_http_request: [{actions: [{type: forward-internal, config: {url: "https://users.internal"}}]}]';
  await make(server, '/endpoints', { url: 'https://shop.localhost', traffic_policy });
  const url = `https://shop.localhost:${server.ready.https.port}`;
  await expect.poll(async () => (await visit(server, url)).body).toBe('in');

  const refused = await explain(server, [url, '--method', 'delete']);
  expect(refused.code).toBe(4);
  expect(refused.stdout.replaceAll(/ep_\w+/g, 'ep')).toBe(`${url} (ep)
+ organisation on_tcp_connect[0]
    restrict-ips: continue
+ endpoint on_http_request[0]
    forward-internal: forward-internal/forwarded
https://users.internal (ep)
- organisation on_tcp_connect[0]: not asked
+ agent on_http_request[0]
    true  req.method == 'DELETE'
    deny: deny/refused

answered by the policy: deny/refused, status 403
`);
  expect((await visit(server, url, { method: 'DELETE' })).status).toBe(403);
  const stranger = await explain(server, [url, '--ip', '10.0.0.1']);
  expect([stranger.code, stranger.stdout]).toEqual([
    4,
    expect.stringContaining('restrict-ips/in-deny-list, status 403'),
  ]);

  const ask = async (draft: string, at = 'https://new.localhost') => {
    const body = { url: at, policy: draft };
    return await callApi(server, firstRunOf(server).apiKey, { method: 'POST', path: '/policy_explanations', body });
  };
  const other = traffic_policy.replace('users', 'nobody');
  expect((await ask(other)).json).toMatchObject({ outcome: 'deny', reason: 'forward-internal/offline' });
  expect((await ask(other, url)).json).toMatchObject({ reason: 'forward-internal/offline' });
  expect((await ask(traffic_policy)).json).toMatchObject({
    outcome: 'allow',
    hops: [{}, { url: 'https://users.internal' }],
  });
  expect((await ask('on_http_request: [{actions: [{type: denny}]}]')).json).toMatchObject({
    error_code: 'ERR_ADIT_2201',
  });
  expect((await visit(server, url)).body).toBe('in');
});

it('[invariant: tenancy-in-every-key] what another account has is answered like what is not there', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_, response) => response.end('in'));
  const url = await forwardWithPolicy(server, policy, upstream.port);
  const theirs = await otherAccount(server.dataDir);
  const missing = url.replace(/\/\/[^.]+/, '//nobody');
  const [foreign, absent] = [await explain(server, [url], theirs), await explain(server, [missing], theirs)];
  expect(foreign.stderr.replace(url, 'it')).toBe(absent.stderr.replace(missing, 'it'));
  expect([foreign.code, foreign.stdout]).toEqual([absent.code, '']);
});

describe.skipIf(!isPostgresInstalled)('two servers with one database', () => {
  it('each knows its own agents, and says so of others', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.close());
    const env = { ADIT_DATABASE_URL: postgres.url(await postgres.createDatabase()) };
    const [one, two] = [await startServer({ env }), await startServer({ env })];
    const upstream = await startUpstream((_, response) => response.end('in'));
    const url = await forwardWithPolicy(one, policy, upstream.port);
    const { apiKey } = firstRunOf(one);
    expect((await explain(one, [url], apiKey)).code).toBe(0);
    const elsewhere = await explain(two, [url], apiKey);
    expect([elsewhere.stdout, elsewhere.stderr]).toEqual(['', expect.stringContaining('another server with the same')]);
    // What is kept in the database is everywhere.
    const cloud = { url: 'https://shop.localhost', traffic_policy: 'on_http_request: [{actions: [{type: deny}]}]' };
    await make(one, '/endpoints', cloud);
    // Each time is the start of a process.
    await expect.poll(async () => (await explain(two, [cloud.url], apiKey)).code, { timeout: 30_000 }).toBe(4);
  });
});

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../packages/server/src/clock/system-clock.ts';
import { addPerson } from '../packages/server/src/control/control.testkit.ts';
import { issueCredential } from '../packages/server/src/control/issue-credential.ts';
import { startNameServer } from '../packages/server/src/dns/name-server.testkit.ts';
import { openPostgresStore } from '../packages/server/src/store/postgres/open-postgres-store.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { openTestSealer } from '../packages/server/src/store/test-sealer.testkit.ts';
import { startAgent } from './support/agent.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi } from './support/visitor.ts';

interface Tenant {
  readonly apiKey: string;
  readonly authtoken: string;
}

describe.skipIf(!isPostgresInstalled)('two servers with one database', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());

  async function start() {
    const dns = await startNameServer();
    onTestFinished(() => dns.close());
    const address = await postgres.createDatabase();
    const options = { env: { ADIT_DATABASE_URL: postgres.url(address) }, args: ['--dns-resolver', dns.address] };
    const [one, two] = [await startServer(options), await startServer(options)];
    const store = await openPostgresStore({ address, clock: systemClock, openSealer: openTestSealer });
    const tenant = async (): Promise<Tenant> => {
      const { key: apiKey, ...person } = await addPerson(store, 'administrator');
      const { secret: authtoken } = await issueCredential(store, person, { kind: 'authtoken', actor: null });
      return { apiKey, authtoken };
    };
    const [alice, bob] = [await tenant(), await tenant()];
    await store.close();
    return { dns, one, two, alice, bob };
  }

  async function serve(server: TestServer, { authtoken }: Tenant, host: string, words: string): Promise<void> {
    const upstream = await startUpstream((_request, response) => response.end(words));
    await startAgent(server, upstream.port, { authtoken, args: ['--url', `http://${host}`] });
  }

  /** At the server that has not proved the name itself: until it has heard, a moment later, it refuses the agent. */
  async function serveOnceHeard(...served: Parameters<typeof serve>): Promise<void> {
    await vi.waitFor(() => serve(...served), { timeout: 20_000 });
  }

  const post = (server: TestServer, { apiKey }: Tenant, path: string, body?: object) =>
    callApi(server, apiKey, { method: 'POST', path, ...(body && { body }) });

  /** What visitors are told, in any of a few visits: of a pool the next may be another's. */
  async function heard(server: TestServer, host: string, visits = 20): Promise<string[]> {
    const { port } = server.ready.http;
    const answers = new Set<string>();
    for (let visit = 0; visit < visits; visit++) {
      const visitor = get({ host: '127.0.0.1', port, headers: { host: `${host}:${port}` }, agent: false });
      const [message] = (await once(visitor, 'response')) as [IncomingMessage];
      const body = await text(message);
      answers.add(message.statusCode === 200 ? body : String(message.statusCode));
    }
    return [...answers];
  }

  /** Right after its start a server has visitors wait for agents that may come back: some seconds. */
  async function isSilent(server: TestServer, host: string): Promise<void> {
    await vi.waitFor(async () => expect(await heard(server, host, 1)).toEqual([expect.stringMatching(/^\d+$/)]), {
      timeout: 20_000,
    });
  }

  it('[invariant: tenancy-in-every-key] a name that one account uses and another reserves on the other server is the latter’s alone', async () => {
    const { one, two, alice, bob } = await start();
    await serve(one, bob, 'shop.localhost', 'of bob');
    expect(await heard(one, 'shop.localhost')).toEqual(['of bob']);
    expect((await post(one, alice, '/reserved_domains', { domain: 'shop.localhost' })).status).toBe(409);
    expect((await post(two, alice, '/reserved_domains', { domain: 'shop.localhost' })).status).toBe(201);
    await isSilent(one, 'shop.localhost');
    await serve(one, alice, 'shop.localhost', 'of alice');
    expect(await heard(one, 'shop.localhost')).toEqual(['of alice']);
  });

  it('whoever proves a name has it on every server, whoever had it before', async () => {
    const { dns, one, two, alice, bob } = await start();
    const host = 'shop.example.com';
    const prove = async (tenant: Tenant) => {
      const made = (await post(one, tenant, '/reserved_domains', { domain: host })).json;
      const { record, value } = made['verification'] as { record: string; value: string };
      dns.records.set(record, [[value]]);
      const path = `/reserved_domains/${String(made['id'])}`;
      return { path, status: (await post(one, tenant, `${path}/verify`)).status };
    };
    const { path, status } = await prove(bob);
    expect(status).toBe(200);
    await serveOnceHeard(two, bob, host, 'of bob');
    expect((await callApi(one, bob.apiKey, { method: 'DELETE', path })).status).toBe(204);
    expect((await prove(alice)).status).toBe(200);
    await isSilent(two, host);
    await serveOnceHeard(two, alice, host, 'of alice');
    expect(await heard(two, host)).toEqual(['of alice']);
  });

  it('what an account decides for all its endpoints on one server holds on the other, and for nobody else', async () => {
    const { one, two, alice, bob } = await start();
    await serve(one, alice, 'of-alice.localhost', 'of alice');
    await serve(one, bob, 'of-bob.localhost', 'of bob');
    const denial = { traffic_policy: 'on_http_request: [{actions: [{type: deny}]}]' };
    const { json } = await post(two, bob, '/account_rules', denial);
    await vi.waitFor(async () => expect(await heard(one, 'of-bob.localhost', 1)).toEqual(['403']), { timeout: 15_000 });
    const path = `/account_rules/${String(json['id'])}`;
    const body = { traffic_policy: '', require: ['basic-auth'] };
    expect((await callApi(two, bob.apiKey, { method: 'PATCH', path, body })).status).toBe(200);
    await vi.waitFor(async () => expect(await heard(one, 'of-bob.localhost', 1)).toEqual(['308']), { timeout: 15_000 });
    expect(await heard(one, 'of-alice.localhost')).toEqual(['of alice']);
  });
});

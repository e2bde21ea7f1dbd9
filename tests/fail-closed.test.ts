// T30: whatever breaks, nobody gets past a policy: while endpoints come and go, while rules change, while the database is gone,
// and while what configures them is half written. Visitors hammer all the time, and the service behind counts who reaches it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForwardOptions } from '@adit/sdk';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { startAgent } from './support/agent.ts';
import { type Hammer, hammerHttp, hammerTcp } from './support/hammer.ts';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { firstRunOf, newDataDir, newPlace, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const timeout = 120_000;
const aditCommand = new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname;

const answering = (status: number, body: string) =>
  `{type: custom-response, config: {status_code: ${status}, body: "${body}", headers: {content-type: text/plain}}}`;
const denying = `on_http_request: [{actions: [${answering(403, 'denied')}]}]`;
/** What a visitor may meet who must not get in: a refusal, nothing there (yet), a server that is not there. */
const harmless = ['403 denied', '403 ERR_ADIT_3205', '404 ERR_ADIT_3200', '503 ERR_ADIT_9009', 'lost'];

/** A service that counts who reaches it. */
async function startCounted(): Promise<{ port: number; reached(): number }> {
  let reached = 0;
  const { port } = await startUpstream((_, response) => {
    reached++;
    response.end('in');
  });
  return { port, reached: () => reached };
}

async function call(server: TestServer, method: string, path: string, body?: object) {
  return await callApi(server, firstRunOf(server).apiKey, { method, path, ...(body && { body }) });
}

async function make(server: TestServer, path: string, body: object): Promise<string> {
  const { status, json } = await call(server, 'POST', path, body);
  expect([status, json['msg']]).toEqual([201, undefined]);
  return String(json['id']);
}

/** The whole account is closed to us. */
async function restrictAccount(server: TestServer): Promise<void> {
  const addresses = await make(server, '/ip_policies', {});
  await make(server, '/ip_policy_rules', { ip_policy_id: addresses, action: 'deny', cidr: '127.0.0.0/8' });
  await make(server, '/ip_restrictions', { type: 'endpoints', enforced: true, ip_policy_ids: [addresses] });
}

/** Nobody got anything but what is allowed, and some were refused by the policy. */
async function expectClosed(hammer: Hammer, allowed: readonly string[], what: string): Promise<void> {
  const met = await hammer.stop();
  console.log(`${what}: ${JSON.stringify(met)}`);
  expect(Object.keys(met).filter((one) => !allowed.includes(one))).toEqual([]);
}

describe('T30: a new endpoint never answers before its policy is attached', () => {
  it.each<[string, ForwardOptions['trafficPolicy'], string, (server: TestServer) => Promise<void>]>([
    ['of its agent', denying, '403 denied', async () => {}],
    ['of the account', undefined, '403 ERR_ADIT_3205', restrictAccount],
  ])(
    '[invariant: fail-closed] T30: the policy %s, while agents bind, bind again, reconnect, die and come back, and the server restarts',
    { timeout },
    async (_whose, trafficPolicy, refused, prepare) => {
      const place = await newPlace();
      const server = await startServer(place);
      await prepare(server);
      const service = await startCounted();
      const url = `https://app.localhost:${server.ready.https.port}`;
      const hammer = hammerHttp(server, url);
      await hammer.meets('404 ERR_ADIT_3200');

      let { session } = await openSession(server);
      const options = { upstream: String(service.port), url, trafficPolicy };
      for (let round = 0; round < 30; round++) {
        const forward = await session.forward(options);
        await hammer.meets(refused);
        if (round % 3 === 0) {
          await session.close();
          ({ session } = await openSession(server));
        } else await forward.close();
      }

      const file = join(await newDataDir(), 'rules.yml');
      await writeFile(file, denying);
      const { authtoken } = firstRunOf(server);
      const args = ['--url', url, ...(trafficPolicy ? ['--traffic-policy-file', file] : [])];
      for (let round = 0; round < 2; round++) {
        const agent = await startAgent(server, service.port, { authtoken, args });
        await hammer.meets(refused);
        await agent.process.stop('SIGKILL');
      }
      await startAgent(server, service.port, { authtoken, args });
      await hammer.meets(refused);
      await server.process.stop('SIGKILL');
      await startServer(place);
      await hammer.meets(refused);

      await expectClosed(hammer, harmless, `the policy ${_whose}`);
      expect(hammer.met.get(refused)).toBeGreaterThan(33);
      expect(service.reached()).toBe(0);
    },
  );

  it('[invariant: fail-closed] T30: a tcp endpoint never lets a connection through before its rules are there', {
    timeout,
  }, async () => {
    const server = await startServer();
    let reached = 0;
    const service = await startTcpService((socket) => {
      reached++;
      socket.end('in');
    });
    const { session } = await openSession(server);
    const options = { upstream: `tcp://127.0.0.1:${service.port}`, denyCidrs: ['127.0.0.0/8'] };
    let forward = await session.forward({ ...options, url: 'tcp://' });
    const { url } = forward;
    const hammer = hammerTcp(Number(new URL(url).port));
    await hammer.meets('nothing');
    for (let round = 0; round < 20; round++) {
      await forward.close();
      forward = await session.forward({ ...options, url });
      await hammer.meets('nothing');
    }
    await expectClosed(hammer, ['nothing', 'lost'], 'a port');
    expect(reached).toBe(0);
  });

  it('[invariant: fail-closed] T30: a cloud endpoint lets nobody on while it is made, changed, moved and deleted', {
    timeout,
  }, async () => {
    const server = await startServer();
    const service = await startCounted();
    const { authtoken } = firstRunOf(server);
    await startAgent(server, service.port, { authtoken, args: ['--url', 'https://inner.internal'] });
    const url = `https://shop.localhost:${server.ready.https.port}`;
    /** In with a secret that nobody has; else refused, another way each time. */
    const guarded = (round: number) =>
      'on_http_request: [{actions: [' +
      `{type: header-auth, config: {header: x-key, secrets: ["secret-${round}"]}}, ` +
      '{type: forward-internal, config: {url: "https://inner.internal"}}]}]';
    const hammer = hammerHttp(server, url, { 'x-key': 'wrong' });
    await hammer.meets('404 ERR_ADIT_3200');
    for (let round = 0; round < 15; round++) {
      const policy = (n: number) => ({ traffic_policy: n % 2 === 0 ? guarded(n) : denying });
      const id = await make(server, '/endpoints', { url, ...policy(round) });
      await hammer.meets(round % 2 === 0 ? '401 ERR_ADIT_9610' : '403 denied');
      await call(server, 'PATCH', `/endpoints/${id}`, policy(round + 1));
      await hammer.meets(round % 2 === 0 ? '403 denied' : '401 ERR_ADIT_9610');
      await call(server, 'PATCH', `/endpoints/${id}`, { url: `https://moved.localhost:${server.ready.https.port}` });
      await call(server, 'PATCH', `/endpoints/${id}`, { url });
      await hammer.meets(/^40[13]/);
      expect((await call(server, 'DELETE', `/endpoints/${id}`)).status).toBe(204);
      await hammer.meets('404 ERR_ADIT_3200');
    }
    await expectClosed(hammer, [...harmless, '401 ERR_ADIT_9610'], 'a cloud endpoint');
    expect(service.reached()).toBe(0);
  });
});

describe('T30: a policy that goes wrong', () => {
  const lets = '{type: log, config: {metadata: {a: b}}}';
  it.each<[what: string, policy: string, code?: string, headers?: Record<string, string>]>([
    [
      'an expression that cannot be evaluated',
      `on_http_request: [{expressions: ["req.headers['x-team'][0] == 'a'"], actions: [${lets}]}]`,
    ],
    [
      'an expression that costs too much',
      `on_http_request: [{expressions: ["lists.range(5000).all(x, lists.range(5000).all(y, x == y || x != y))"], actions: [${lets}]}]`,
    ],
    [
      'a value that cannot be made',
      `on_http_request: [{actions: [{type: add-headers, config: {headers: {a: "\${req.headers['x-team'][0]}"}}}]}]`,
    ],
    [
      'a secret that is not there',
      `on_http_request: [{expressions: ["secrets.get('no', 'no') != 'a'"], actions: [${lets}]}]`,
    ],
    [
      'a condition on the connection',
      `on_tcp_connect: [{expressions: ["conn.client_ip.substring(99) == ''"], actions: [${lets}]}]`,
    ],
    [
      'keys that nobody gives',
      'on_http_request: [{actions: [{type: jwt-validation, config: {issuer: {allow_list: [{value: "https://127.0.0.1"}]}, ' +
        'http: {tokens: [{type: jwt, method: header, name: authorization, prefix: "Bearer "}]}, ' +
        'jws: {allowed_algorithms: [RS256], keys: {sources: {additional_jkus: ["https://127.0.0.1/keys"]}}}}}]}]',
      'ERR_ADIT_3422',
      {
        authorization: `Bearer ${['{"alg":"RS256"}', '{"iss":"https://127.0.0.1"}', 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.')}`,
      },
    ],
    [
      'an answer that rules fail on',
      `on_http_response: [{expressions: ["res.headers['x-team'][0] == 'a'"], actions: [${lets}]}]`,
    ],
  ])('[invariant: fail-closed] T30: %s lets nobody in', async (what, policy, code = 'ERR_ADIT_9004', headers = {}) => {
    const server = await startServer();
    const service = await startCounted();
    const url = await forwardWithPolicy(server, policy, service.port);
    for (let i = 0; i < 3; i++) {
      const { body, headers: lines } = await visit(server, url, { headers });
      expect([lines['adit-error-code'], body]).toEqual([code, expect.not.stringMatching(/^in$/)]);
    }
    if (!policy.startsWith('on_http_response')) expect([what, service.reached()]).toEqual([what, 0]);
  });

  it('[invariant: fail-closed] T30: rules whose list of addresses is deleted refuse everybody', async () => {
    const server = await startServer();
    const service = await startCounted();
    const addresses = await make(server, '/ip_policies', {});
    await make(server, '/ip_policy_rules', { ip_policy_id: addresses, action: 'allow', cidr: '127.0.0.0/8' });
    const rules = `on_tcp_connect: [{actions: [{type: restrict-ips, config: {ip_policies: ["${addresses}"]}}]}]`;
    const url = await forwardWithPolicy(server, rules, service.port);
    expect((await visit(server, url)).body).toBe('in');
    const hammer = hammerHttp(server, url);
    await call(server, 'DELETE', `/ip_policies/${addresses}`);
    await hammer.meets(/ERR_ADIT_9004/);
    const before = service.reached();
    for (let i = 0; i < 20; i++) await hammer.meets(/ERR_ADIT_9004/);
    await hammer.stop();
    // Those that were let in just before may have been on their way.
    expect(service.reached() - before).toBeLessThanOrEqual(8);
    expect((await visit(server, url)).headers['adit-error-code']).toBe('ERR_ADIT_9004');
  });
});

describe.skipIf(!isPostgresInstalled)('T30: the database is down', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());

  it('[invariant: fail-closed] T30: what is closed stays so, and what is new is not let online without its rules', {
    timeout,
  }, async () => {
    const env = { ADIT_DATABASE_URL: postgres.url(await postgres.createDatabase()) };
    const server = await startServer({ env });
    await restrictAccount(server);
    const service = await startCounted();
    const { session } = await openSession(server);
    const urlOf = (name: string) => `https://${name}.localhost:${server.ready.https.port}`;
    const open = async (name: string) => await session.forward({ upstream: String(service.port), url: urlOf(name) });
    const old = await open('old');
    const [seen, unseen] = [hammerHttp(server, urlOf('old')), hammerHttp(server, urlOf('new'))];
    await seen.meets('403 ERR_ADIT_3205');

    await postgres.stop('immediate');
    for (let i = 0; i < 20; i++) await seen.meets('403 ERR_ADIT_3205');
    // Nothing of the account is online any more, so nothing of its rules is known: they cannot be read now.
    await old.close();
    await expect(open('new')).rejects.toThrow();
    await expect(openSession(server)).rejects.toThrow();
    const cloud = { url: urlOf('new'), traffic_policy: `on_http_request: [{actions: [${answering(200, 'in')}]}]` };
    expect((await call(server, 'POST', '/endpoints', cloud)).status).toBeGreaterThanOrEqual(500);

    await postgres.start();
    await expect
      .poll(
        async () =>
          await open('new').then(
            () => true,
            () => false,
          ),
        { timeout: 30_000 },
      )
      .toBe(true);
    await unseen.meets('403 ERR_ADIT_3205');
    await expectClosed(seen, harmless, 'an endpoint of before');
    await expectClosed(unseen, harmless, 'one that came meanwhile');
    expect(service.reached()).toBe(0);
  });
});

describe('T30: configuration that is half written', () => {
  const whole = `# who gets in\non_http_request:\n  - actions:\n      - ${answering(403, 'denied')}\n`;
  const lengths = ['# who', '\n  - actions', ':\n      - {type', '"denied"'].map((cut) => whole.indexOf(cut) + 3);
  it.each([
    ['a file of no bytes', ''],
    ['the first remark', whole.slice(0, lengths[0])],
    ['the name of a phase', 'on_http_request:\n'],
    ['a rule without actions', whole.slice(0, lengths[1])],
    ['half an action', whole.slice(0, lengths[2])],
    ['a text without its end', whole.slice(0, lengths[3])],
    ['JSON without its end', '{"on_http_request":[{"actions":[{"type":"deny"}]}'],
  ])('[invariant: fail-closed] T30: an agent with %s opens nothing', async (_what, text) => {
    const server = await startServer();
    const service = await startCounted();
    const file = join(await newDataDir(), 'rules.yml');
    await writeFile(file, text);
    const words = ['http', String(service.port), '--url', 'https://app.localhost', '--traffic-policy-file', file];
    const child = spawn(
      process.execPath,
      [aditCommand, ...words, '--connect-url', server.ready.connect, '--connect-cas', server.caFile],
      {
        env: {
          PATH: process.env['PATH'],
          ADIT_AUTHTOKEN: firstRunOf(server).authtoken,
          XDG_STATE_HOME: await newDataDir(),
        },
        stdio: 'ignore',
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBeGreaterThan(0);
    expect((await visit(server, `https://app.localhost:${server.ready.https.port}`)).status).toBe(404);
    expect(service.reached()).toBe(0);
  });

  it('[invariant: fail-closed] T30: a server that is killed while rules change comes back with the old or the new ones', {
    timeout,
  }, async () => {
    const place = await newPlace();
    let server = await startServer(place);
    const { apiKey } = firstRunOf(server);
    const url = `https://shop.localhost:${server.ready.https.port}`;
    const other = denying.replace('403', '451').replace('"denied"', '"refused"');
    const id = await make(server, '/endpoints', { url, traffic_policy: denying });
    const hammer = hammerHttp(server, url);
    await hammer.meets('403 denied');
    for (let round = 0; round < 4; round++) {
      let isOver = false;
      const change = async (): Promise<void> => {
        for (let n = 0; !isOver; n++) {
          const body = { traffic_policy: n % 2 === 0 ? other : denying };
          await callApi(server, apiKey, { method: 'PATCH', path: `/endpoints/${id}`, body }).catch(() => {});
        }
      };
      const changing = change();
      await hammer.meets('451 refused');
      await hammer.meets('403 denied');
      await server.process.stop('SIGKILL');
      isOver = true;
      await changing;
      server = await startServer(place);
      await hammer.meets(/^(?:403 denied|451 refused)$/);
    }
    await expectClosed(hammer, [...harmless, '451 refused'], 'killed while rules change');
  });
});

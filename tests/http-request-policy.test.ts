// A policy asks another service before it decides.
import { expect, it } from 'vitest';
import { adminJson, createKey } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { forwardWithPolicy, openSession } from './support/ngrok-session.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { type Answer, callApi, visit } from './support/visitor.ts';

const allowed = ['--outgoing-network', '127.0.0.0/8'];

/** The rules ask who may enter; what they say of it goes to the service behind the endpoint. */
const policyOf = (action: object) => `
on_http_request:
  - actions: [{type: http-request, config: ${JSON.stringify(action)}}]
  - expressions: ["actions.ngrok.http_request.res.status_code == 403"]
    actions: [{type: deny, config: {status_code: 451}}]
  - actions:
      - type: add-headers
        config:
          headers:
            x-team: "\${has(actions.adit.http_request.res.header.team) ? actions.adit.http_request.res.header['team'][0] : ''}"
            x-body: "\${actions.adit.http_request.res.body}"
            x-error: "\${actions.adit.http_request.error.code}"
            x-attempts: "\${actions.adit.http_request.attempts.map(a, a.response_status_code)}"
            x-ip: "\${actions.adit.http_request.res.resolved_ip}"
`;

async function startService(server: TestServer, policy: string): Promise<string> {
  const upstream = await startUpstream((asked, response) => {
    const told = ['x-team', 'x-body', 'x-error', 'x-attempts', 'x-ip'].map((name) => asked.headers[name] ?? null);
    response.end(JSON.stringify(told));
  });
  return await forwardWithPolicy(server, policy, upstream.port);
}

/** A cloud endpoint. */
async function make(server: TestServer, url: string, traffic_policy: string): Promise<void> {
  const call = { method: 'POST', path: '/endpoints', body: { url, traffic_policy } };
  const { status, json } = await callApi(server, firstRunOf(server).apiKey, call);
  expect([status, json['msg']]).toEqual([201, undefined]);
}

it('what another service answers decides, and goes on to the service', async () => {
  const server = await startServer({ args: allowed });
  const seen: unknown[] = [];
  const asked = await startUpstream((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://a.test');
    const user = searchParams.get('user');
    const { 'x-forwarded-for': from, cookie, 'cdn-loop': loop } = request.headers;
    seen.push([user, from, cookie, loop]);
    if (user === 'mallory') response.statusCode = 403;
    if (user === 'late') response.statusCode = seen.length < 4 ? 503 : 200;
    response.setHeader('team', 'red').end(`hello ${user}`);
  });
  const url = await startService(
    server,
    policyOf({
      url: `http://127.0.0.1:${asked.port}/check`,
      query_params: [{ key: 'user', value: "${req.headers['x-user'][0]}" }],
      retry_condition: 'attempts < 2 && last_attempt.res.status_code == 503',
    }),
  );
  const as = (user: string) => visit(server, url, { headers: { 'x-user': user, cookie: 'a=b' } });
  const team = await as('ann&user=x');
  expect(JSON.parse(team.body)).toEqual(['red', 'hello ann&user=x', '', '[200]', '127.0.0.1']);
  expect((await as('mallory')).status).toBe(451);
  expect(JSON.parse((await as('late')).body)).toEqual(['red', 'hello late', '', '[503,200]', '127.0.0.1']);
  expect(seen).toEqual(['ann&user=x', 'mallory', 'late', 'late'].map((user) => [user, '127.0.0.1', undefined, 'adit']));
});

it('private addresses are not called, unless the operator allows them [invariant: fail-closed]', async () => {
  let calls = 0;
  const asked = await startUpstream((_, response) => {
    calls++;
    response.writeHead(302, { location: 'http://10.255.255.1/' }).end();
  });
  const refused = (answer: Answer) => [answer.status, answer.headers['adit-error-code']];
  const server = await startServer();
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433']) {
    const action = { url: `http://${host}:${asked.port}/`, on_error: 'halt' };
    const url = await startService(server, policyOf(action));
    expect(refused(await visit(server, url)), host).toEqual([502, 'ERR_ADIT_9620']);
  }
  expect(calls).toBe(0);
  const goesOn = await startService(server, policyOf({ url: `http://127.0.0.1:${asked.port}/` }));
  expect(JSON.parse((await visit(server, goesOn)).body)).toEqual(['', '', 'ERR_ADIT_9620', '[0]', '']);

  const allowing = await startServer({ args: allowed });
  const action = { url: `http://127.0.0.1:${asked.port}/`, max_redirects: 1, on_error: 'halt' };
  expect(refused(await visit(allowing, await startService(allowing, policyOf(action))))).toEqual([
    502,
    'ERR_ADIT_9620',
  ]);
  expect(calls).toBe(1);
});

it('a policy that asks itself ends', async () => {
  const server = await startServer({ args: allowed });
  let url = '';
  const answers: number[] = [];
  const asked = await startUpstream((request, response) => {
    void visit(server, url, { headers: { 'cdn-loop': String(request.headers['cdn-loop']) } }).then(({ status }) => {
      answers.push(status);
      response.end();
    });
  });
  url = await startService(server, policyOf({ url: `http://127.0.0.1:${asked.port}/` }));
  expect((await visit(server, url)).status).toBe(200);
  expect(answers).toEqual([508, 200, 200]);
});

it('internal endpoints of the account are called in the server, by their own rules, and those of nobody else', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const seen: unknown[] = [];
  const asked = await startUpstream((request, response) => {
    const { host, 'x-forwarded-for': from, 'x-forwarded-proto': proto, 'cdn-loop': loop } = request.headers;
    seen.push([request.url, host, from, proto, loop]);
    response.setHeader('team', 'red').end(`hello ${request.method}`);
  });
  await startAgent(server, asked.port, { authtoken, args: ['--url', 'https://auth.internal'] });
  const action = { url: 'https://auth.internal/check?a=b', method: 'POST', body: 'x' };
  const answer = await visit(server, await startService(server, policyOf(action)));
  expect(JSON.parse(answer.body)).toEqual(['red', 'hello POST', '', '[200]', '']);
  expect(seen).toEqual([['/check?a=b', 'auth.internal', '127.0.0.1', 'https', 'adit']]);

  await make(server, 'http://closed.internal', 'on_http_request: [{actions: [{type: deny}]}]');
  const closed = await startService(server, policyOf({ url: 'http://closed.internal/' }));
  await expect.poll(async () => (await visit(server, closed)).status).toBe(451);

  const refused = async (url: string) => {
    const at = await startService(server, policyOf({ url, on_error: 'halt' }));
    return (await visit(server, at)).headers['adit-error-code'];
  };
  // Nobody is there; it would be another scheme; the place of another account.
  await adminJson(server.dataDir, ['account', 'create', 'others', '--administrator', 'ada']);
  const theirs = await createKey(server.dataDir, ['--account', 'others', '--user', 'ada', '--kind', 'authtoken']);
  await startAgent(server, asked.port, { authtoken: theirs, args: ['--url', 'https://theirs.internal'] });
  for (const url of ['https://nobody.internal/', 'http://auth.internal/', 'https://theirs.internal/']) {
    expect(await refused(url), url).toBe('ERR_ADIT_9621');
  }
  expect(seen).toHaveLength(1);
});

it('an internal endpoint that says what TLS it takes is not called without any', async () => {
  const server = await startServer();
  const asked = await startUpstream((_, response) => response.end('in'));
  const session = await openSession(server);
  const policy = 'on_tcp_connect: [{actions: [{type: terminate-tls, config: {min_version: "1.3"}}]}]';
  const internal = session.httpEndpoint().domain('auth.internal').trafficPolicy(policy);
  await internal.listenAndForward(`http://127.0.0.1:${asked.port}`);
  const at = await startService(server, policyOf({ url: 'https://auth.internal/', on_error: 'halt' }));
  expect((await visit(server, at)).headers['adit-error-code']).toBe('ERR_ADIT_9620');
});

it('an internal endpoint that calls itself ends, even if it hides that it does', async () => {
  const server = await startServer({ args: allowed });
  let turns = 0;
  const asked = await startUpstream((_, response) => {
    turns++;
    response.end();
  });
  const actions = [
    { type: 'remove-headers', config: { headers: ['cdn-loop'] } },
    { type: 'http-request', config: { url: `http://127.0.0.1:${asked.port}/` } },
    { type: 'http-request', config: { url: 'https://circle.internal/' } },
    { type: 'custom-response', config: { status_code: 200, body: '${actions.adit.http_request.error.code}' } },
  ];
  await make(server, 'https://circle.internal', JSON.stringify({ on_http_request: [{ actions }] }));
  const url = await startService(server, policyOf({ url: 'https://circle.internal/' }));
  await expect.poll(async () => (await visit(server, url)).body).toContain('[200]');
  turns = 0;
  expect(JSON.parse((await visit(server, url)).body)).toEqual(['', '', '', '[200]', '']);
  expect(turns).toBe(3);
});

it('mistakes are refused when the policy is saved', async () => {
  const server = await startServer();
  const save = (action: object) => startService(server, policyOf(action));
  const url = 'https://a.example/';
  await expect(save({ url: 'https://${req.host}/' })).rejects.toThrow('without expressions');
  await expect(save({ url, retry_condition: 'attempts' })).rejects.toThrow('not true or false');
  await expect(save({ url, retry_condition: 'last_attempt.res.status > 1' })).rejects.toThrow('status');
  await expect(save({ url, headers: { x: '${actions.adit.http_request.res.nothing}' } })).rejects.toThrow('nothing');
});

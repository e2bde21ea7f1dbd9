// A policy asks another service before it decides.
import { expect, it } from 'vitest';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { type Answer, visit } from './support/visitor.ts';

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

it('mistakes are refused when the policy is saved', async () => {
  const server = await startServer();
  const save = (action: object) => startService(server, policyOf(action));
  const url = 'https://a.example/';
  await expect(save({ url: 'https://${req.host}/' })).rejects.toThrow('without expressions');
  await expect(save({ url, retry_condition: 'attempts' })).rejects.toThrow('not true or false');
  await expect(save({ url, retry_condition: 'last_attempt.res.status > 1' })).rejects.toThrow('status');
  await expect(save({ url, headers: { x: '${actions.adit.http_request.res.nothing}' } })).rejects.toThrow('nothing');
});

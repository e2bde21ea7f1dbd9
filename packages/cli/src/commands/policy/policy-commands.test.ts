import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { AditError } from '@adit/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runAdit } from '../../run-adit.ts';

async function run(policy: string, ...words: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(policy);
  const io = { stdin, stdout, stderr, env: {}, interrupted: AbortSignal.abort() };
  const [command = '', ...rest] = words;
  const exitCode = await runAdit(['policy', command, '-', ...rest], io);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

const policy = `
on_tcp_connect:
  - actions:
      - type: restrict-ips
        config: {allow: [203.0.113.0/24]}
on_http_request:
  - name: only reading
    expressions:
      - "req.method in ['POST', 'PUT']"
      - "!req.url.path.startsWith('/hooks/')"
    actions:
      - type: custom-response
        config: {status_code: 405, body: "no \${req.method}"}
  - actions:
      - type: url-rewrite
        config: {from: "/v1/", to: "/api/"}
`;

describe('adit policy check', () => {
  it('says that a policy is valid', async () => {
    const { exitCode, stdout } = await run(policy, 'check');
    expect([exitCode, stdout]).toEqual([0, 'The policy is valid: 3 rules for https endpoints\n']);
  });

  it.each<[title: string, from: string, to: string, ...says: string[]]>([
    ['an unknown field', 'allow:', 'alow:', 'line 5, column 24', '"alow" is no field here; did you mean "allow"?'],
    ['an unknown action', 'url-rewrite', 'url-rewrites', 'line 15, column 15', 'did you mean "url-rewrite"?'],
    ['an unknown variable', 'req.method in', 'req.metod in', 'line 9, column 14', 'did you mean "req.method"?'],
    ['a wrong type', "in ['POST', 'PUT']", '== 5', 'line 9, column'],
    ['an expression in a body', 'no ${req.method}', 'no ${req.metod}', 'line 13, column', 'did you mean "req.method"?'],
    ['a pattern that is none', '/v1/', '(', 'line 16, column'],
    [
      'an action in a wrong phase',
      'type: url-rewrite',
      'type: compress-response',
      'line 15',
      'only in on_http_response',
    ],
    [
      'what is never reached',
      "    expressions:\n      - \"req.method in ['POST', 'PUT']\"\n      - \"!req.url.path.startsWith('/hooks/')\"\n",
      '',
      'nothing gets here',
    ],
    ['a login that is not there', 'type: url-rewrite', 'type: oauth', 'logins come with a later version'],
  ])('finds %s, and says where', async (_title, from, to, ...says) => {
    const wrong = policy.replace(from, to);
    expect(wrong).not.toBe(policy);
    const { exitCode, stdout, stderr } = await run(wrong, 'check');
    expect([exitCode, stdout]).toEqual([2, '']);
    for (const one of says) expect(stderr).toContain(one);
  });

  it('refuses an empty text, which somebody may be writing', async () => {
    const { exitCode, stderr } = await run('\n', 'check');
    expect([exitCode, stderr]).toEqual([new AditError(9202).exitCode, expect.stringContaining('it is empty')]);
  });

  it('refuses what tcp endpoints cannot have', async () => {
    const { exitCode, stderr } = await run(policy, 'check', '--protocol', 'tcp');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('tcp endpoints have no such phase');
  });
});

describe('a policy about where visitors are, without a server that knows it', () => {
  const german = `
on_tcp_connect:
  - expressions: ["conn.client_ip.as.number != 64500", "conn.geo.city == ''"]
    actions: [{type: geo, config: {allow: {countries: [DE]}}}]
`;

  it('is valid', async () => {
    const { exitCode, stdout } = await run(german, 'check');
    expect([exitCode, stdout]).toEqual([0, 'The policy is valid: 1 rule for https endpoints\n']);
  });

  it('says of every visitor that his place is not known', async () => {
    const { exitCode, stdout } = await run(german, 'explain', '--ip', '192.0.2.1');
    expect([exitCode, stdout]).toEqual([4, expect.stringContaining('refused: geo/unknown-location, status 403')]);
  });
});

describe('adit policy explain', () => {
  it('shows rule by rule what happens to a request that passes', async () => {
    const { exitCode, stdout } = await run(policy, 'explain', '--path', '/v1/a?b');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`+ on_tcp_connect[0]
    restrict-ips: continue
- on_http_request[0] only reading: does not apply
    false  req.method in ['POST', 'PUT']
    not evaluated  !req.url.path.startsWith('/hooks/')
+ on_http_request[1]
    url-rewrite: continue

allowed
forwarded as /api/a?b
`);
  });

  it('shows why a request does not pass', async () => {
    const posted = await run(policy, 'explain', '--method', 'post', '--path', '/a');
    expect(posted.exitCode).toBe(4);
    expect(posted.stdout).toContain('- on_http_request[1]: not asked');
    expect(posted.stdout).toContain('answered by the policy: custom-response/answered, status 405');
    const stranger = await run(policy, 'explain', '--ip', '10.0.0.1');
    expect(stranger.stdout).toContain('refused: restrict-ips/not-in-allow-list, status 403');
  });

  it('shows that a service would get the bytes in a WebSocket', async () => {
    const converter = 'on_http_request: [{actions: [{type: websocket-tcp-converter}]}]';
    const handshake = [
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    const lines = [...handshake, 'connection: keep-alive, Upgrade'].flatMap((line) => ['--header', line]);
    const { exitCode, stdout } = await run(converter, 'explain', ...lines);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`+ on_http_request[0]
    websocket-tcp-converter: continue

allowed
forwarded as the bytes in its WebSocket
`);
    const other = await run(converter, 'explain');
    expect([other.exitCode, other.stdout]).toEqual([
      4,
      expect.stringContaining('refused: websocket-tcp-converter/no-websocket, status 400'),
    ]);
  });

  it('answers programs with JSON', async () => {
    const { stdout } = await run(policy, 'explain', '--method', 'PUT', '--header', 'x-a: 1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ outcome: 'respond', reason: 'custom-response/answered', status: 405, error_code: null },
      hops: [
        {
          rules: [
            {},
            { conditions: [{ holds: true }, { holds: true }], actions: [{ type: 'custom-response' }] },
            { is_asked: false },
          ],
        },
      ],
      forwarded: null,
    });
  });

  it.each([
    [['--path', 'a'], 'begins with "/"'],
    [['--header', 'x'], 'name: value'],
  ])('refuses %j', async (words, reason) => {
    const { exitCode, stderr } = await run(policy, 'explain', ...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
  });
});

describe('adit policy explain of an endpoint', () => {
  const rule = { layer: 'agent', phase: 'on_http_request', index: 0, name: '', is_asked: true };
  const refusal = {
    ...{ outcome: 'deny', reason: 'deny/refused', error_code: 'ERR_ADIT_9007', status: 403, forwarded: null },
    hops: [
      {
        ...{ endpoint_id: 'ep_1', url: 'https://app.example.com', is_pooled: true },
        rules: [
          {
            ...rule,
            conditions: [
              { text: 'a', holds: true, failure: null },
              { text: '\u001b[2J', holds: null, failure: 'no' },
            ],
            actions: [{ type: 'http-request', outcome: 'continue', reason: null, would_call: true }],
          },
        ],
      },
    ],
  };

  async function ask(answer: { status: number; body: object }, ...words: string[]) {
    let asked: unknown;
    const take = async (request: IncomingMessage, response: ServerResponse) => {
      asked = [request.url, request.headers.authorization, JSON.parse(await text(request))];
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    };
    const server = createServer((request, response) => void take(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const env = {
      ADIT_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ADIT_API_KEY: 'key',
      XDG_CONFIG_HOME: '/nowhere',
    };
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end('a draft');
    const interrupted = new AbortController().signal;
    const exitCode = await runAdit(['policy', 'explain', ...words], { stdin, stdout, stderr, env, interrupted });
    stdout.end();
    stderr.end();
    return { exitCode, stdout: await text(stdout), stderr: await text(stderr), asked };
  }

  it('asks the server, and shows whose rules they are', async () => {
    const words = ['https://app.example.com/a?b', '--method', 'post', '--header', 'x-a:1', '--ip', '10.0.0.1'];
    const { exitCode, stdout, asked } = await ask({ status: 200, body: refusal }, ...words);
    const question = {
      method: 'POST',
      path: '/a?b',
      client_ip: '10.0.0.1',
      headers: ['x-a: 1'],
      body: null,
      policy: null,
    };
    expect(asked).toEqual(['/policy_explanations', 'Bearer key', { url: 'https://app.example.com', ...question }]);
    expect(exitCode).toBe(4);
    expect(stdout).toBe(`https://app.example.com (ep_1, one of a pool: others may have other rules)
- agent on_http_request[0]: does not apply
    true  a
    no  ?[2J
    http-request: continue (would call another service; nobody is called to explain)

refused: deny/refused, status 403
`);
  });

  it('sends a draft, and succeeds when the visitor gets through', async () => {
    const allowed = {
      ...refusal,
      outcome: 'allow',
      reason: null,
      status: null,
      hops: [],
      forwarded: { target: null, headers: [], is_unwrapped: false },
    };
    const words = ['https://app.example.com', '--path', '/c', '--policy-file', '-'];
    const { exitCode, stdout, asked } = await ask({ status: 200, body: allowed }, ...words);
    expect(asked).toMatchObject({ 2: { path: '/c', policy: 'a draft' } });
    expect([exitCode, stdout]).toEqual([0, '\nallowed\nforwarded as something that may hold a secret\n']);
    expect(JSON.parse((await ask({ status: 200, body: allowed }, ...words, '--json')).stdout)).toEqual(allowed);
  });

  it('says what the server says when that refuses', async () => {
    const body = { error_code: 'ERR_ADIT_9101', msg: 'Cannot explain it' };
    const { exitCode, stderr } = await ask({ status: 404, body }, 'https://app.example.com');
    expect([exitCode, stderr]).toEqual([new AditError(9101).exitCode, 'adit: Cannot explain it (ERR_ADIT_9101)\n']);
  });

  it.each([
    [['https://a.test', '--host', 'b'], 'the URL says it'],
    [['https://a.test', '--protocol', 'tcp'], 'the URL says it'],
    [['-', '--policy-file', 'b'], 'it is for a URL'],
  ])('refuses %j', async (words, reason) => {
    const { exitCode, stderr } = await ask({ status: 500, body: {} }, ...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(reason);
  });
});

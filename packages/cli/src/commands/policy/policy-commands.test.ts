import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
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
    expect(posted.stdout).toContain('- on_http_request[1]: not asked, the phase had ended');
    expect(posted.stdout).toContain('answered by the policy: custom-response/answered, status 405');
    const stranger = await run(policy, 'explain', '--ip', '10.0.0.1');
    expect(stranger.stdout).toContain('refused: restrict-ips/not-in-allow-list, status 403');
  });

  it('shows that a service would get the bytes in a WebSocket', async () => {
    const converter = 'on_http_request: [{actions: [{type: websocket-tcp-converter}]}]';
    const lines = ['--header', 'upgrade: websocket', '--header', 'connection: keep-alive, Upgrade'];
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
      verdict: { outcome: 'respond', reason: 'custom-response/answered', status: 405 },
      rules: [
        {},
        { conditions: [{ holds: true }, { holds: true }], actions: [{ type: 'custom-response' }] },
        { isAsked: false },
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

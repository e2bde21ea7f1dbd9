// The unmodified @ngrok/ngrok with each of its module options: each is effective, or the bind is refused with the reason.
import { createHmac } from 'node:crypto';
import type { HttpListenerBuilder } from '@ngrok/ngrok';
import { expect, it, onTestFinished } from 'vitest';
import { openSession } from './support/ngrok-session.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { type Answer, visit } from './support/visitor.ts';

type VisitOptions = NonNullable<Parameters<typeof visit>[2]>;

interface Row {
  readonly option: string;
  configure(builder: HttpListenerBuilder): HttpListenerBuilder;
  /** A visit and what becomes of it. */
  readonly visits: readonly (VisitOptions & {
    readonly path?: string;
    readonly expected: Partial<Answer> | ((answer: Answer) => void);
  })[];
  /** The service must have been asked so often by then. */
  readonly asked: number;
}

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const hook = '{"zen":"Keep it simple."}';
const signed = (secret: string) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(hook).digest('hex')}`,
});

const rows: readonly Row[] = [
  {
    option: 'allowCidr, denyCidr',
    configure: (builder) => builder.allowCidr('10.0.0.0/8').denyCidr('10.1.0.0/16'),
    visits: [{ expected: { status: 403 } }],
    asked: 0,
  },
  {
    option: 'basicAuth',
    configure: (builder) => builder.basicAuth('ann', 'correct horse'),
    visits: [
      {
        expected: ({ status, headers }) =>
          expect([status, headers['www-authenticate']]).toEqual([401, expect.any(String)]),
      },
      { headers: basic('ann:wrong horse'), expected: { status: 401 } },
      { headers: basic('ann:correct horse'), expected: { status: 200 } },
    ],
    asked: 1,
  },
  {
    option: 'circuitBreaker',
    configure: (builder) => builder.circuitBreaker(0.5),
    visits: [
      ...Array.from({ length: 10 }, () => ({ path: '/broken', expected: { status: 500 } })),
      { expected: ({ headers }) => expect(headers['adit-error-code']).toBe('ERR_ADIT_3202') },
    ],
    asked: 10,
  },
  {
    option: 'compression',
    configure: (builder) => builder.compression(),
    visits: [
      {
        headers: { 'accept-encoding': 'gzip' },
        expected: ({ headers }) => expect(headers['content-encoding']).toBe('gzip'),
      },
      { expected: ({ headers, body }) => expect([headers['content-encoding'], body]).toEqual([undefined, 'GET / -']) },
    ],
    asked: 2,
  },
  {
    option: 'requestHeader, removeRequestHeader',
    configure: (builder) => builder.requestHeader('x-seen', 'from here').removeRequestHeader('x-gone'),
    visits: [{ path: '/headers', headers: { 'x-gone': '1' }, expected: { body: 'from here undefined' } }],
    asked: 1,
  },
  {
    option: 'responseHeader, removeResponseHeader',
    configure: (builder) => builder.responseHeader('x-added', '1').removeResponseHeader('x-service'),
    visits: [
      { expected: ({ headers }) => expect([headers['x-added'], headers['x-service']]).toEqual(['1', undefined]) },
    ],
    asked: 1,
  },
  {
    option: 'allowUserAgent, denyUserAgent',
    configure: (builder) => builder.allowUserAgent('^Good').denyUserAgent('Bot'),
    visits: [
      { headers: { 'user-agent': 'GoodBot' }, expected: { status: 200 } },
      { headers: { 'user-agent': 'Bot' }, expected: { status: 403 } },
    ],
    asked: 1,
  },
  {
    option: 'webhookVerification',
    configure: (builder) => builder.webhookVerification('github', 'hook secret'),
    visits: [
      { method: 'POST', body: hook, headers: signed('hook secret'), expected: { status: 200 } },
      { method: 'POST', body: hook, headers: signed('another'), expected: { status: 403 } },
      { method: 'POST', body: `${hook} `, headers: signed('hook secret'), expected: { status: 403 } },
    ],
    asked: 1,
  },
  {
    // What WebSockets get is in websocket-tcp-converter.test.ts.
    option: 'websocketTcpConversion',
    configure: (builder) => builder.websocketTcpConversion(),
    visits: [
      {
        expected: ({ status, headers }) => expect([status, headers['adit-error-code']]).toEqual([400, 'ERR_ADIT_3206']),
      },
    ],
    asked: 0,
  },
  {
    option: 'trafficPolicy',
    configure: (builder) =>
      builder.trafficPolicy(
        [
          'on_http_request:',
          '  - expressions: ["req.url.path.startsWith(\'/old/\')"]',
          '    actions:',
          '      - type: url-rewrite',
          '        config: {from: "/old/(.*)", to: "/new/$1"}',
          '  - expressions: ["req.method == \'DELETE\'"]',
          '    actions:',
          '      - type: custom-response',
          '        config: {status_code: 405, body: "no ${req.method} here"}',
        ].join('\n'),
      ),
    visits: [
      { path: '/old/a?b', expected: { body: 'GET /new/a?b -' } },
      { method: 'DELETE', expected: { status: 405, body: 'no DELETE here' } },
      { method: 'POST', body: 'x', expected: { body: 'POST / x' } },
    ],
    asked: 2,
  },
];

/** A service that says what it was asked. */
async function startService(): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const upstream = await startUpstream((request, response) => {
    asked++;
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      const { headers } = request;
      response.setHeader('x-service', 'inner').statusCode = request.url === '/broken' ? 500 : 200;
      const text =
        request.url === '/headers'
          ? `${headers['x-seen']} ${headers['x-gone']}`
          : `${request.method} ${request.url} ${body || '-'}`;
      response.end(text);
    });
  });
  return { port: upstream.port, asked: () => asked };
}

async function check(server: TestServer, row: Row): Promise<void> {
  const service = await startService();
  const session = await openSession(server);
  const listener = await row.configure(session.httpEndpoint()).listenAndForward(`http://127.0.0.1:${service.port}`);
  onTestFinished(() => listener.close().catch(() => {}));
  for (const { path = '/', expected, ...options } of row.visits) {
    const answer = await visit(server, `${listener.url()}${path}`, options);
    if (typeof expected === 'function') expected(answer);
    else expect(answer).toMatchObject(expected);
  }
  expect(service.asked()).toBe(row.asked);
}

it('each module option of the unmodified @ngrok/ngrok is effective', async () => {
  const server = await startServer();
  for (const row of rows) {
    await check(server, row);
    console.log(`${row.option}: effective`);
  }
});

const refusals: readonly [option: string, configure: Row['configure'], reason: RegExp][] = [
  ['oauth', (builder) => builder.oauth('google'), /ERR_(?:ADIT_9403|NGROK_\d+)/],
  ['oidc', (builder) => builder.oidc('https://idp.example', 'id', 'hush'), /ERR_ADIT_9403/],
  ['basicAuth with a short password', (builder) => builder.basicAuth('ann', 'hush'), /8 to 128 bytes/],
  [
    'webhookVerification of an unknown provider',
    (builder) => builder.webhookVerification('githup', 'hush'),
    /githup.*github/s,
  ],
  [
    'trafficPolicy with an unknown action',
    (builder) => builder.trafficPolicy('{"on_http_request":[{"actions":[{"type":"denny"}]}]}'),
    /line 1, column \d+.*did you mean "deny"/s,
  ],
  [
    'trafficPolicy with a wrong expression',
    (builder) =>
      builder.trafficPolicy('{"on_http_request":[{"expressions":["req.metod == 1"],"actions":[{"type":"deny"}]}]}'),
    /line 1, column \d+.*req\.method/s,
  ],
  ['denyCidr that is none', (builder) => builder.denyCidr('10.0.0.0/64'), /10\.0\.0\.0\/64/],
];

it('what the unmodified @ngrok/ngrok cannot have is refused with the reason', async () => {
  const server = await startServer();
  const session = await openSession(server);
  for (const [option, configure, reason] of refusals) {
    const refused = await Promise.resolve()
      .then(() => configure(session.httpEndpoint()).listen())
      .then(() => expect.unreachable(`${option} was taken`), String);
    expect(refused).toMatch(reason);
    expect(refused).not.toContain('hush');
    console.log(`${option}: refused`);
  }
});

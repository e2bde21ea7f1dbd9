import { expect, it } from 'vitest';
import { startInspector } from './inspector.testkit.ts';

const get = 'GET /a?token=s3cret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s3cret\r\nCookie: id=s3cret\r\n\r\n';
const answer = 'HTTP/1.1 200 OK\r\nSet-Cookie: id=s3cret\r\nContent-Length: 2\r\n\r\nok';

it.each([
  ['evil.example', 403],
  ['evil.example:4040', 403],
  ['localhost.evil.example', 403],
  ['app.example.com', 403],
  ['192.168.1.9:4040', 403],
  ['localhost', 200],
  ['[::1]:9', 200],
])('DNS rebinding: a page on the name %s gets %i', async (host, status) => {
  const { ask } = await startInspector();
  for (const path of ['/', '/api/status', '/api/requests/http', '/page.js']) {
    expect((await ask(path, { headers: { host } })).status, path).toBe(status);
  }
});

it.each<[string, Record<string, string>, number]>([
  [
    'a script of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'https://evil.example' },
    403,
  ],
  [
    'an image of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    403,
  ],
  ['another port of this machine', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
  ['an old browser', { origin: 'https://evil.example' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
  ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
  ['a link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 403],
  ['the address bar', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
  ['the page itself', { 'sec-fetch-site': 'same-origin' }, 200],
  ['a program', {}, 200],
])('reading requests from %s', async (_who, headers, status) => {
  const { ask } = await startInspector();
  const asked = await ask('/api/requests/http', { headers });
  expect(asked.status).toBe(status);
  expect(asked.headers['access-control-allow-origin']).toBeUndefined();
});

it('a link of another site may open the page, and nothing else', async () => {
  const { ask } = await startInspector();
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect((await ask('/', { headers })).status).toBe(200);
  expect((await ask('/', { headers, method: 'POST' })).status).toBe(403);
  expect((await ask('/api/captures.har?reveal=true', { headers })).status).toBe(403);
});

it.each<[string, Parameters<Awaited<ReturnType<typeof startInspector>>['ask']>, number]>([
  [
    'form',
    [
      '/api/requests/http',
      { method: 'POST', body: 'id=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    415,
  ],
  [
    'text form',
    ['/api/requests/http', { method: 'POST', body: '{"id":"1"}', headers: { 'content-type': 'text/plain' } }],
    415,
  ],
  ['body without a type', ['/api/requests/http', { method: 'POST', body: '{"id":"1"}' }], 415],
  [
    'similar type',
    ['/api/requests/http', { method: 'POST', body: '{}', headers: { 'content-type': 'application/jsonx' } }],
    415,
  ],
  [
    'DELETE of another site',
    ['/api/requests/http', { method: 'DELETE', headers: { origin: 'http://localhost:3000' } }],
    403,
  ],
  [
    'request for permission',
    ['/api/requests/http', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } }],
    403,
  ],
  [
    'body that is no JSON',
    ['/api/requests/http', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
    400,
  ],
  ['body that is too long', ['/api/requests/http', { method: 'POST', json: { id: 'x'.repeat(3_000_000) } }], 413],
  ['path there is none of', ['/../../inspector.ts', {}], 404],
  ['file that is not of the page', ['/tsconfig.json', {}], 404],
  ['name every object has', ['/constructor', {}], 404],
  ['method that does nothing', ['/api/status', { method: 'DELETE' }], 405],
])('refused: a %s', async (_what, call, status) => {
  const { ask, exchange } = await startInspector();
  exchange(get, answer);
  const asked = await ask(...call);
  expect(asked).toMatchObject({ status, json: { status_code: status, msg: expect.stringMatching(/^Cannot /) } });
  expect((await ask('/api/requests/http')).json.requests).toHaveLength(1);
});

it('every answer forbids to be run, framed, guessed at or kept', async () => {
  const { ask } = await startInspector();
  for (const path of ['/', '/page.js', '/api/status', '/api/captures.har', '/nothing']) {
    const { headers } = await ask(path);
    expect(headers, path).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
      ),
      ...{ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-frame-options': 'DENY' },
    });
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|data:/);
  }
});

it('secrets are shown only to who asks for them', async () => {
  const { ask, exchange } = await startInspector();
  exchange(get, answer);
  const [{ id }] = (await ask('/api/captures')).json.captures;
  const paths = [
    ...['/api/requests/http', `/api/requests/http/${id}`, '/api/captures', `/api/captures/${id}`, '/api/captures.har'],
    ...[
      `/api/captures/${id}/har`,
      `/api/captures/${id}/curl`,
      '/api/requests/http?text=s3cret',
      '/api/requests/http?reveal=1',
    ],
  ];
  const plain = (text: string) =>
    text.replaceAll(/"raw":"([^"]*)"/g, (_all, raw: string) => Buffer.from(raw, 'base64').toString());
  for (const path of paths) expect(plain((await ask(path)).text), path).not.toContain('s3cret');
  for (const path of [`/api/requests/http/${id}`, `/api/captures/${id}`, `/api/captures/${id}/curl`]) {
    expect(plain((await ask(`${path}?reveal=true`)).text), path).toContain('s3cret');
  }
  // A secret cannot be found by guessing at it.
  expect((await ask('/api/captures?text=s3cret')).json.captures).toEqual([]);
  expect((await ask('/api/captures?header=cookie:%20id=s3')).json.captures).toEqual([]);
});

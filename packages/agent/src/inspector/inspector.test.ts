import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { makeTestCertificate } from '@adit/sdk/testkit/test-ca';
import { takeProxyHeader } from '@adit/wire';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EndpointChanges } from './agent-facts.ts';
import { appEndpoint, startInspector } from './inspector.testkit.ts';
import type { RequestNote } from './show/request-note.ts';

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n`;
const post = (body: string) => `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const ok = 'HTTP/1.1 200 OK\r\nX-B: c\r\nContent-Length: 2\r\n\r\nok';

describe("the agent's API", () => {
  it('has status, endpoints and tunnels with what was counted', async () => {
    const { ask, exchange } = await startInspector();
    exchange(get('/a'), ok);
    expect((await ask('/api/status')).json).toEqual({
      ...{ status: 'online', agent_version: '1.2.3', uri: '/api/status' },
      session: { legs: [{ region: 'here', latency: 12 }] },
    });
    const metrics = { conns: { count: 1, gauge: 0 }, http: { count: 1 } };
    const endpoint = { name: 'app', uri: '/api/endpoints/app', url: appEndpoint.url, metrics };
    const tunnel = { name: 'app', uri: '/api/tunnels/app', public_url: appEndpoint.url, proto: 'https', metrics };
    expect((await ask('/api/endpoints')).json).toMatchObject({ endpoints: [endpoint] });
    expect((await ask('/api/endpoints/app')).json).toMatchObject(endpoint);
    expect((await ask('/api/tunnels')).json).toMatchObject({ tunnels: [tunnel], uri: '/api/tunnels' });
    expect((await ask('/api/tunnels/app')).json).toMatchObject(tunnel);
    for (const path of ['/api/endpoints/other', '/api/tunnels/other']) expect((await ask(path)).status).toBe(404);
  });

  it('has captures with the bytes of their messages', async () => {
    const { ask, exchange } = await startInspector({ clock: handClock() });
    exchange(get('/a'), ok);
    const { requests, uri } = (await ask('/api/requests/http')).json;
    expect(uri).toBe('/api/requests/http');
    expect(requests).toEqual([
      {
        ...{ uri: `/api/requests/http/${requests[0].id}`, id: requests[0].id, tunnel_name: 'app' },
        ...{ remote_addr: '192.0.2.1:1234', start: '2026-01-01T00:00:00.000Z', duration: 0 },
        request: {
          ...{ method: 'GET', proto: 'HTTP/1.1', headers: { Host: ['a'], 'X-A': ['b'] }, trailers: {}, uri: '/a' },
          raw: Buffer.from(get('/a')).toString('base64'),
        },
        response: {
          ...{
            status: '200 OK',
            status_code: 200,
            proto: 'HTTP/1.1',
            headers: { 'X-B': ['c'], 'Content-Length': ['2'] },
            trailers: {},
          },
          raw: Buffer.from(ok).toString('base64'),
        },
        ...{ state: 'complete', replay_of: null, redacted: true },
      },
    ]);
    expect((await ask(requests[0].uri)).json).toEqual(requests[0]);
  });

  it('a header of any name is just a header', async () => {
    const { ask, exchange } = await startInspector();
    exchange('GET / HTTP/1.1\r\nHost: a\r\n__proto__: x\r\nconstructor: y\r\n\r\n', ok);
    const { text } = await ask('/api/requests/http');
    expect(text).toContain('"__proto__":["x"],"constructor":["y"]');
  });

  it('the newest come first, at most as many as asked for', async () => {
    const { ask, exchange } = await startInspector();
    for (const target of ['/1', '/2', '/3']) exchange(get(target), ok);
    const { requests } = (await ask('/api/requests/http?limit=2&tunnel_name=app')).json;
    expect(requests.map((one: { request: { uri: string } }) => one.request.uri)).toEqual(['/3', '/2']);
    expect((await ask('/api/requests/http?tunnel_name=other')).json.requests).toEqual([]);
    expect((await ask('/api/requests/http?limit=x')).status).toBe(400);
  });

  it.each([
    ['method=post', ['/p']],
    ['path=/P', ['/p']],
    ['status=404', ['/b']],
    ['status=4xx', ['/b']],
    ['status=4x', ['/b']],
    ['status=4', ['/b']],
    ['status=41', []],
    ['status=200-299', ['/p', '/a']],
    ['header=x-b', ['/p', '/a']],
    ['header=X-B: C', ['/p', '/a']],
    ['header=x: c', []],
    ['text=needle', ['/p']],
    ['text=lost', ['/b']],
    ['min_bytes=7', ['/p']],
    ['status=200&method=GET', ['/a']],
  ])('is searched by %s', async (query, expected) => {
    const { ask, exchange } = await startInspector();
    exchange(get('/a'), ok);
    exchange(get('/b'), 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlost');
    exchange(post('{"needle":1}'), ok);
    const { captures } = (await ask(`/api/captures?${query}`)).json;
    expect(captures.map(({ target }: { target: string }) => target)).toEqual(expected);
  });

  it.each(['status=abc', 'status=99', 'status=6', 'status=4000', 'min_bytes=-1'])(
    'says that %s is no search',
    async (query) => {
      const { ask } = await startInspector();
      expect(await ask(`/api/captures?${query}`)).toMatchObject({ status: 400, json: { error_code: 'ERR_ADIT_9201' } });
    },
  );

  it('is cleared', async () => {
    const { ask, exchange } = await startInspector();
    exchange(get('/a'), ok);
    expect((await ask('/api/requests/http', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/api/requests/http')).json.requests).toEqual([]);
  });

  it('changes endpoints where the agent offers that, and says so where not', async () => {
    const calls: unknown[] = [];
    const changes: EndpointChanges = {
      createEndpoint: (definition) => (calls.push(['create', definition]), Promise.resolve(appEndpoint)),
      replaceEndpoint: (name) => (
        calls.push(['replace', name]), Promise.resolve({ endpoint: appEndpoint, isNew: true })
      ),
      createTunnel: () => Promise.reject(new AditError(9201, 'Cannot use "x"')),
      deleteEndpoint: (name) => (calls.push(['delete', name]), Promise.resolve(true)),
    };
    const { ask } = await startInspector({ changes });
    expect(await ask('/api/endpoints', { method: 'POST', json: { name: 'a' } })).toMatchObject({
      status: 201,
      json: { name: 'app' },
    });
    expect((await ask('/api/endpoints/a%2Fb', { method: 'PUT', json: {} })).status).toBe(201);
    expect(await ask('/api/tunnels', { method: 'POST', json: {} })).toMatchObject({
      status: 400,
      json: { msg: 'Cannot use "x"' },
    });
    expect((await ask('/api/tunnels/app', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/api/endpoints/none', { method: 'DELETE' })).status).toBe(404);
    expect((await ask('/api/endpoints', { method: 'POST', json: [] })).status).toBe(400);
    expect(calls).toEqual([
      ['create', { name: 'a' }],
      ['replace', 'a/b'],
      ['delete', 'app'],
    ]);
    const { ask: askOther } = await startInspector();
    const refused = await askOther('/api/endpoints', { method: 'POST', json: {} });
    expect(refused).toMatchObject({
      status: 501,
      json: { error_code: 'ERR_ADIT_9104', msg: expect.stringContaining('configuration') },
    });
  });
});

describe('replay', () => {
  const first = async (ask: Awaited<ReturnType<typeof startInspector>>['ask']) =>
    (await ask('/api/captures')).json.captures[0].id;
  const replay = async (test: Awaited<ReturnType<typeof startInspector>>, edits: object = {}) =>
    test.ask('/api/requests/http', { method: 'POST', json: { id: await first(test.ask), ...edits } });
  /** Resolves when the first replay is over. */
  const answered = async ({ ask }: Awaited<ReturnType<typeof startInspector>>) => {
    for (;;) {
      const { captures } = (await ask('/api/captures')).json;
      const found = captures.find(
        (one: { replayOf: unknown; state: string }) => one.replayOf !== null && one.state !== 'pending',
      );
      if (found) return found;
    }
  };

  it('sends the same bytes to the upstream, secrets and all, and captures the answer', async () => {
    const test = await startInspector();
    const request = 'POST /a?token=s3cret HTTP/1.1\r\nHost: a\r\nCookie: id=s3cret\r\nContent-Length: 4\r\n\r\nbody';
    test.exchange(request, 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n');
    const id = await first(test.ask);
    expect((await replay(test)).status).toBe(204);
    expect(await answered(test)).toMatchObject({ status: 200, replayOf: id, state: 'complete' });
    expect(test.upstreamGot).toEqual([request]);
    // An upstream that keeps connections open is not left with this one.
    await expect.poll(() => test.upstreamClosed).toEqual([0]);
  });

  it('with other method, path, headers and body; redacted values stand for what they were', async () => {
    const test = await startInspector();
    test.exchange('GET /a?token=s3cret HTTP/1.1\r\nHost: a\r\nCookie: id=s3cret\r\nX-A: b\r\n\r\n', ok);
    const headers = [
      ['Host', 'b'],
      ['Cookie', 'id=[redacted]'],
      ['X-A', 'new'],
      ['Content-Length', '999'],
      ['Connection', 'close'],
    ];
    await replay(test, { method: 'PUT', path: '/b?token=[redacted]', headers, body: 'né' });
    await answered(test);
    const head =
      'PUT /b?token=s3cret HTTP/1.1\r\nHost: b\r\nCookie: id=s3cret\r\nX-A: new\r\nContent-Length: 3\r\n\r\n';
    expect(test.upstreamGot).toEqual([`${head}n\xc3\xa9`]);
  });

  it('follows no redirect', async () => {
    const test = await startInspector({
      answer: 'HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n',
    });
    test.exchange(get('/a'), ok);
    await replay(test);
    expect(await answered(test)).toMatchObject({ status: 302, state: 'complete' });
    expect(test.upstreamGot).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['another host as path', { path: 'http://169.254.169.254/latest' }],
    ['an authority', { path: 'a:80' }],
    ['a second request in the path', { path: '/ HTTP/1.1\r\nHost: x\r\n\r\nGET /' }],
    ['a second header in a value', { headers: [['X', 'a\r\nY: b']] }],
    ['a second header in a name', { headers: [['X: a\r\nY', 'b']] }],
    ['CONNECT', { method: 'CONNECT', path: '/' }],
    ['a method of two words', { method: 'GET /x' }],
    ['a moved secret', { headers: [['X', 'id=[redacted]']] }],
    ['an unknown key', { url: 'http://x' }],
    ['a body that is no Base64', { body_base64: '!' }],
  ])('refuses %s', async (_what, edits) => {
    const test = await startInspector();
    test.exchange(get('/a'), ok);
    expect((await replay(test, edits)).status).toBe(400);
    expect(test.upstreamGot).toEqual([]);
  });

  it('refuses upgrades, truncated bodies, other endpoints and what is gone', async () => {
    const test = await startInspector({ limits: { maxBodyBytes: 2 } });
    test.exchange('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', ok);
    expect(await replay(test)).toMatchObject({ status: 400, json: { msg: expect.stringContaining('switch') } });
    test.exchange(post('12345'), ok);
    expect(await replay(test)).toMatchObject({ status: 400, json: { msg: expect.stringContaining('beginning') } });
    expect((await replay(test, { tunnel_name: 'other' })).status).toBe(404);
    expect((await replay(test, { id: 'none' })).status).toBe(404);
    test.watch.close();
    expect((await replay(test, { body: '' })).status).toBe(404);
    expect(test.upstreamGot).toEqual([]);
  });

  it('sends the PROXY header again that the upstream expects', async () => {
    const test = await startInspector();
    const proxy = 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n';
    test.exchange(proxy + get('/a'), ok);
    await replay(test);
    await answered(test);
    expect(test.upstreamGot).toEqual([proxy + get('/a')]);
  });

  it('sends that header before TLS to an upstream that speaks TLS', async () => {
    const { cert, key } = await makeTestCertificate();
    const headers: string[] = [];
    const service = createServer((socket) => {
      void takeProxyHeader(socket, 1024).then((taken) => {
        headers.push(taken.status === 'complete' ? taken.header.toString() : taken.status);
        const tls = new TLSSocket(socket, { isServer: true, cert, key });
        tls.on('error', () => {}).once('data', () => tls.end(ok));
      });
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    onTestFinished(() => void service.close());
    const test = await startInspector({ upstream: `https://localhost:${(service.address() as AddressInfo).port}` });
    const proxy = 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n';
    test.exchange(proxy + get('/a'), ok);
    expect((await replay(test)).status).toBe(204);
    expect(await answered(test)).toMatchObject({ status: 200, state: 'complete' });
    // A replay can itself be replayed.
    const { id } = await answered(test);
    await test.ask('/api/requests/http', { method: 'POST', json: { id } });
    await expect.poll(() => headers).toEqual([proxy, proxy]);
  });

  it('asks a folder again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'adit-replay-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'a.txt'), 'content');
    const test = await startInspector({ upstream: pathToFileURL(folder).href });
    test.exchange(get('/a.txt'), ok);
    expect((await replay(test)).status).toBe(204);
    const { id } = await answered(test);
    expect((await test.ask(`/api/captures/${id}`)).json).toMatchObject({
      summary: { status: 200, state: 'complete' },
      answer: { body: { text: 'content' } },
    });
    await replay(test, { path: '/../../etc/passwd' });
    await expect.poll(async () => (await test.ask('/api/captures')).json.captures[0]).toMatchObject({ status: 404 });
  });

  it('says that the upstream cannot be reached', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const test = await startInspector({ upstream: `127.0.0.1:${port}` });
    test.exchange(get('/a'), ok);
    const told = { error_code: 'ERR_ADIT_8012', msg: expect.stringContaining('refused') };
    expect(await replay(test)).toMatchObject({ status: 502, json: told });
  });

  it('gives up on an upstream that does not answer', async () => {
    const clock = handClock();
    const test = await startInspector({ clock, answer: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf' });
    test.exchange(get('/a'), ok);
    expect((await replay(test)).status).toBe(204);
    clock.advance(300_000);
    expect(await answered(test)).toMatchObject({ state: 'cut' });
  });
});

describe('who looks on', () => {
  it('sees each request as it comes, its answer, and that all was cleared', async () => {
    const clock = handClock();
    const { inspector, exchange, ask } = await startInspector({ clock });
    const events = await liveEvents(inspector.url);
    expect(await events.next()).toMatchObject(['status', { status: 'online', endpoints: [{ name: 'app' }] }]);
    exchange(get('/a?token=s3cret'), ok);
    exchange(get('/b'), ok);
    clock.advance(100);
    expect(await events.next()).toMatchObject([
      'captures',
      [{ target: '/a?token=[redacted]', status: 200 }, { target: '/b' }],
    ]);
    await ask('/api/requests/http', { method: 'DELETE' });
    clock.advance(100);
    expect(await events.next()).toEqual(['reload', {}]);
    inspector.agentChanged();
    expect(await events.next()).toMatchObject(['status', {}]);
  });

  it('is told to load the list again when too much happens at once', async () => {
    const clock = handClock();
    const { inspector, exchange } = await startInspector({ clock, limits: { maxLiveCaptures: 3 } });
    const events = await liveEvents(inspector.url);
    await events.next();
    for (let at = 0; at < 5; at++) exchange(get('/a'), ok);
    clock.advance(100);
    expect(await events.next()).toEqual(['reload', {}]);
  });

  it('is one of not too many', async () => {
    const { inspector } = await startInspector({ limits: { maxLivePages: 1 } });
    await (await liveEvents(inspector.url)).next();
    const response = await fetch(`${inspector.url}/api/events`);
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('ERR_ADIT_9105')]);
  });
});

/** Events of one page, as name and data. */
async function liveEvents(url: string | null): Promise<{ next(): Promise<[string, unknown]> }> {
  const aborted = new AbortController();
  onTestFinished(() => aborted.abort());
  const { body } = await fetch(`${url}/api/events`, { signal: aborted.signal });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next() {
      while (!text.includes('\n\n')) text += (await reader?.read())?.value ?? '\n\n';
      const [event = ''] = text.split('\n\n', 1);
      text = text.slice(event.length + 2);
      const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      return [name, JSON.parse(data)];
    },
  };
}

describe('openInspector()', () => {
  it('takes the next free port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const { inspector } = await startInspector({ webAddr: `127.0.0.1:${port}` });
    expect(Number(new URL(inspector.url ?? '').port)).toBeGreaterThan(port);
  });

  it.each(['', '4040', 'localhost', ':4040', 'localhost:99999', 'http://localhost:1'])(
    'refuses web_addr %j',
    async (webAddr) => {
      await expect(startInspector({ webAddr })).rejects.toMatchObject({ code: 9201 });
    },
  );

  it('says when others can reach it, and does not answer to them unless they are allowed', async () => {
    const { inspector, ask } = await startInspector({ webAddr: '0.0.0.0:0', allowHosts: ['box.lan'] });
    expect(inspector.isExposed).toBe(true);
    expect((await ask('/api/status', { headers: { host: '0.0.0.0' } })).status).toBe(403);
    expect((await ask('/api/status', { headers: { host: 'box.lan:4040' } })).status).toBe(200);
  });

  it.each([
    ['without a page', { webAddr: null }],
    ['with one', {}],
  ])('%s tells of each request when it is over, without secrets', async (_title, options) => {
    const seen: unknown[] = [];
    const facts = ({ method, path, status, durationMs }: RequestNote) => ({ method, path, status, durationMs });
    const { exchange, inspector } = await startInspector({
      ...options,
      onCapture: (request) => seen.push(facts(request)),
    });
    expect(inspector.url === null).toBe('webAddr' in options);
    exchange(get('/a?token=s3cret'), ok);
    expect(seen).toEqual([{ method: 'GET', path: '/a', status: 200, durationMs: expect.any(Number) }]);
  });

  it('captures nothing when it is told so, and counts connections all the same', async () => {
    const { exchange, ask } = await startInspector({ dbBytes: -1 });
    exchange(get('/a'), ok);
    expect((await ask('/api/captures')).json.captures).toEqual([]);
    expect((await ask('/api/endpoints/app')).json.metrics.conns.count).toBe(1);
  });
});

// What visitors send and what they get is changed on the way, or does not pass.
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit, visitorOptions } from './support/visitor.ts';

const policy = `
on_http_request:
  - actions:
      - type: request-body-find-replace
        config: {max_body_bytes: 1000, replacements: [{from: "inner", to: "a much longer name"}]}
  - expressions: ["req.url.path == '/own'"]
    actions:
      - type: custom-response
        config: {body: "our own secret"}
  - expressions: ["req.url.path == '/named'"]
    actions:
      - type: custom-response
        config: {body: "named", headers: {x-name: "\${getQueryParam('name')[0]}"}}
on_http_response:
  - actions:
      - type: response-body-find-replace
        config: {max_body_bytes: 1000, replacements: [{from: secret, to: "***"}]}
      - type: compress-response
`;

async function startService(server: TestServer): Promise<string> {
  const upstream = await startUpstream((asked, response) => {
    let body = '';
    asked.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    asked.on('end', () => {
      response.setHeader('content-type', 'text/plain');
      if (asked.url === '/long') return void response.write('x'.repeat(600), () => response.end('x'.repeat(600)));
      const text = `a secret: ${body} ${asked.headers['content-length']} ${asked.headers['content-encoding']}`;
      if (asked.url === '/gzip') response.setHeader('content-encoding', 'gzip').end(gzipSync(text));
      else response.end(text);
    });
  });
  return await forwardWithPolicy(server, policy, upstream.port);
}

it('contents are changed on their way in and out, compressed or not', async () => {
  const server = await startServer();
  const url = await startService(server);
  const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    visit(server, `${url}${path}`, { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } });
  const changed = 'a ***: >a much longer name< 20 undefined';
  expect((await post('/', '>inner<')).body).toBe(changed);
  expect((await post('/', '>inner<', { 'transfer-encoding': 'chunked' })).body).toBe(changed);
  expect((await post('/gzip', gzipSync('>inner<'), { 'content-encoding': 'gzip' })).body).toBe(changed);
  expect((await post('/', 'x'.repeat(1_001))).headers['adit-error-code']).toBe('ERR_ADIT_9010');
  expect((await post('/', gzipSync('x'.repeat(9_000_000)), { 'content-encoding': 'gzip' })).status).toBe(413);
  // Nothing of it leaves, and the visitor notices.
  await expect(visit(server, `${url}/long`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
});

it('what a policy answers passes the rules for answers', async () => {
  const server = await startServer();
  const url = await startService(server);
  const plain = await visit(server, `${url}/own`);
  expect([plain.body, plain.headers['content-length']]).toEqual(['our own ***', '11']);
  const compressed = await new Promise<IncomingMessage>((resolve, reject) => {
    const base = visitorOptions(server, `${url}/own`);
    const headers = { ...(base.headers as Record<string, string>), 'accept-encoding': 'gzip' };
    request({ ...base, headers, agent: new Agent() }, resolve)
      .on('error', reject)
      .end();
  });
  expect(compressed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(await buffer(compressed)).toString()).toBe('our own ***');
});

it('a line break that a visitor brings into a header of such an answer is refused, and nothing else ends', async () => {
  const server = await startServer();
  const url = await startService(server);
  const named = (name: string) => visit(server, `${url}/named?name=${name}`);
  expect((await named('ann')).headers['x-name']).toBe('ann');
  const split = await named('a%0d%0aset-cookie:%20b=c');
  expect([split.headers['adit-error-code'], split.headers['set-cookie']]).toEqual(['ERR_ADIT_9004', undefined]);
  expect((await named('%C5%81')).headers['adit-error-code']).toBe('ERR_ADIT_9004');
  expect((await named('bob')).headers['x-name']).toBe('bob');
});

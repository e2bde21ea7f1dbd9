import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { AditError, type ErrorCode, errorTable } from '@adit/contracts';
import { expect, test } from 'vitest';
import { errorPage } from './error-page.ts';
import { request, startFront } from './http-front.testkit.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

test('people get a page, programs a problem, terminals text: all with code, id and no-store', async () => {
  const front = await startFront();
  for (const [accept, type] of [
    [browser, 'text/html; charset=utf-8'],
    ['application/json', 'application/problem+json'],
    ['*/*', 'text/plain; charset=utf-8'],
  ] as const) {
    const answer = await request(front.port, { headers: { accept } });
    expect(answer.status).toBe(404);
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'adit-error-code': 'ERR_ADIT_3200',
      'adit-request-id': expect.stringMatching(/^req_[0-9A-Za-z]{27}$/),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.body).toContain('ERR_ADIT_3200');
    expect(answer.body).toContain(String(answer.headers['adit-request-id']));
    expect(answer.body).toContain(errorTable[3200].title);
  }
});

test('the problem document has the members that programs need', async () => {
  const front = await startFront();
  const answer = await request(front.port, { headers: { accept: 'application/problem+json' } });
  expect(JSON.parse(answer.body)).toEqual({
    type: 'urn:adit:error:3200',
    title: errorTable[3200].title,
    status: 404,
    detail: errorTable[3200].help,
    error_code: 'ERR_ADIT_3200',
    request_id: answer.headers['adit-request-id'],
  });
});

test('the policy of the page allows its own style and nothing else', async () => {
  const front = await startFront();
  const { body, headers } = await request(front.port, { headers: { accept: browser } });
  const style = /<style>([^]*?)<\/style>/.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  expect(body).not.toMatch(/<script|<img|<link|style="|https?:/);
});

test('the page is accessible: language, title, one heading, one main', () => {
  const page = errorPage(new AditError(3200), { requestId: 'req_1', host: 'a.test' });
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page).toContain(`<title>${errorTable[3200].title} (404)</title>`);
  expect(page.match(/<h1>/g)).toHaveLength(1);
  expect(page.match(/<main>/g)).toHaveLength(1);
  expect(page).toContain('name="viewport"');
});

test('what the page shows is escaped', () => {
  const page = errorPage(new AditError(3200), { requestId: '<b>"\'&', host: '<script>' });
  expect(page).not.toContain('<script>');
  expect(page).toContain('&#60;script&#62;');
  expect(page).toContain('&#60;b&#62;&#34;&#39;&#38;');
});

test('HEAD gets the head of the error answer and no body', async () => {
  const front = await startFront();
  const answer = await request(front.port, { method: 'HEAD' });
  expect(answer).toMatchObject({ status: 404, body: '' });
  expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
});

test('a refused request with a body is answered, and the connection goes on', async () => {
  const front = await startFront();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 3; i++) {
    const answer = await request(front.port, { method: 'POST', body: 'x'.repeat(100_000), agent });
    expect(answer.status).toBe(404);
  }
  expect(front.front.connectionCount).toBe(1);
  agent.destroy();
});

test.each([
  ['refused', 'other.test'],
  ['redirected', 'app.example.test'],
])('the body of a %s request is read within bounds only', async (_, host) => {
  const front = await startFront({ visitor: { scheme: 'http' }, limits: { maxDiscardBytes: 1000 } });
  const socket = net.connect(front.port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\n`);
  await once(socket, 'data');
  socket.write('x'.repeat(5000));
  await expect(once(socket, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test.each<[ErrorCode, number]>([
  [3004, 502],
  [3200, 404],
  [3205, 403],
  [3210, 503],
  [8012, 502],
  [9000, 500],
  [9001, 504],
  [9002, 400],
  [9003, 421],
  [9004, 403],
  [9005, 502],
  [9006, 431],
  [9007, 403],
])('code %i is told as %i', (code, status) => {
  expect(new AditError(code).status).toBe(status);
});

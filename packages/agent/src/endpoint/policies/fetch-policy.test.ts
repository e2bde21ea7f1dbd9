import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fetchPolicy } from './fetch-policy.ts';
import { policyFileLimits } from './policy-file-limits.ts';

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return `localhost:${(server.address() as AddressInfo).port}`;
}

test('fetchPolicy() answers the text as it is', async () => {
  const paths: (string | undefined)[] = [];
  const host = await serve((request, response) => {
    paths.push(request.url);
    response.end('on_http_request: []\n# ü\n');
  });
  expect(await fetchPolicy(`http://policies.${host}/rules.yml?v=1`)).toBe('on_http_request: []\n# ü\n');
  expect(paths).toEqual(['/rules.yml?v=1']);
});

test.each<[string, RequestListener, string]>([
  ['a redirect', (_, response) => void response.writeHead(302, { location: 'https://a' }).end(), 'another address'],
  ['a status', (_, response) => void response.writeHead(404).end('nothing'), 'the answer has status 404'],
  ['no content', (_, response) => void response.writeHead(204).end(), 'the answer has status 204'],
  ['an empty text', (_, response) => void response.end(' \n'), 'it is empty'],
  ['no text', (_, response) => void response.end(Buffer.from([0xff])), 'it is not text in UTF-8'],
  ['a coding', (_, response) => void response.setHeader('content-encoding', 'br').end('x'), 'is compressed'],
  ['too much', (_, response) => void response.end(Buffer.alloc(policyFileLimits.maxBytes + 1, 'x')), 'longer than'],
  [
    'half',
    (_, response) => void response.writeHead(200, { 'content-length': 9 }).write('a', () => response.destroy()),
    '',
  ],
])('fetchPolicy() refuses %s, and shows no query', async (_, answer, why) => {
  const host = await serve(answer);
  const fetched = fetchPolicy(`http://${host}/rules?token=hunter2`);
  const start = `Cannot fetch the traffic policy from "http://${host}/rules": `;
  const error = await fetched.catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 9204, message: expect.stringContaining(why) });
  expect((error as Error).message.startsWith(start)).toBe(true);
});

test('fetchPolicy() says that nothing listens there', async () => {
  const host = await serve(() => {});
  const [, port] = host.split(':');
  await expect(fetchPolicy(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 9204 });
  await expect(fetchPolicy('http://127.0.0.1:1/')).rejects.toMatchObject({
    message: expect.stringContaining('refused'),
  });
});

test.each([
  'rules.yml',
  'file:///etc/passwd',
  'http://example.com/hunter2',
  'http://localhost.example.com/',
  'http://127.0.0.1.example.com/',
  'http://169.254.169.254/',
  'https://user:hunter2@example.com/',
])('fetchPolicy() refuses %s before anything is asked', async (url) => {
  const message = expect.not.stringContaining('hunter2');
  await expect(fetchPolicy(url)).rejects.toMatchObject({ code: 9201, message });
});

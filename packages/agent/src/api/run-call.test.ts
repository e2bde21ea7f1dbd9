// Calls against a server that answers as it is told to.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import { testIo } from '../command-io.testkit.ts';
import { apiCommands } from './api-commands.ts';
import { madeUpDocument } from './made-up-document.testkit.ts';
import { sendRequest } from './send-request.ts';

interface Received {
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** @param answers One for each request, in their order. */
async function startApi(...answers: { status?: number; headers?: http.OutgoingHttpHeaders; body?: unknown }[]) {
  const received: Received[] = [];
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: await text(request) });
    const { status = 200, headers = {}, body } = answers.shift() ?? { status: 500 };
    response.writeHead(status, headers).end(typeof body === 'string' ? body : body && JSON.stringify(body));
  };
  const server = http.createServer((request, response) => void answer(request, response));
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

async function call(url: string, verb: string, parsed: Partial<ParsedCommand> = {}) {
  const io = testIo({ env: { ADIT_API_URL: url, ADIT_API_KEY: 'key', XDG_CONFIG_HOME: '/nowhere' } });
  const command = apiCommands(madeUpDocument).commands[0]?.commands.find(({ name }) => name === `api things ${verb}`);
  const exitCode = await command?.run({ arguments: [], options: {}, ...parsed }, io);
  return { exitCode, out: io.out.text, err: io.err.text };
}

it('sends what it is given, with the key, and shows the answer with its ETag', async () => {
  const { url, received } = await startApi({ status: 201, headers: { etag: '"1"' }, body: { id: 't_1', name: 'n' } });
  const options = { name: 'n', 'port-number': '5', 'idempotency-key': 'k' };
  const { exitCode, out } = await call(url, 'create', { options });
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: 'id    t_1\nname  n\nETag  "1"\n' });
  expect(received).toMatchObject([
    {
      line: 'POST /things',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: '{"name":"n","port_number":5}',
    },
  ]);
});

it('an argument is one segment of the path, whatever is in it', async () => {
  const { url, received } = await startApi({ status: 204 });
  expect(await call(url, 'delete', { arguments: ['../a?b#c'] })).toEqual({ exitCode: 0, out: 'Done.\n', err: '' });
  expect(received[0]?.line).toBe('DELETE /things/..%2Fa%3Fb%23c');
});

it('a list is a table that says when there is more; --json is the answer', async () => {
  const page = { things: [{ id: 't_1', name: 'n' }], next_page_uri: 'https://elsewhere/things?before_id=t_1&limit=1' };
  const { url, received } = await startApi({ body: page }, { body: page });
  const options = { limit: '1' };
  expect(await call(url, 'list', { options })).toEqual({
    exitCode: 0,
    out: 'ID   NAME\nt_1  n\n',
    err: 'adit: there are more: --all, or --before-id t_1\n',
  });
  const { out, err } = await call(url, 'list', { options: { ...options, json: 'true' } });
  expect([JSON.parse(out), err]).toEqual([page, '']);
  expect(received.map(({ line }) => line)).toEqual(['GET /things?limit=1', 'GET /things?limit=1']);
});

it('--all reads every page from the address that was given, whatever the pages say', async () => {
  const { url, received } = await startApi(
    { body: { things: [{ id: 't_2' }], next_page_uri: 'https://elsewhere.example/other?before_id=t_2&limit=1' } },
    { body: { things: [{ id: 't_1' }], next_page_uri: null } },
  );
  const { out } = await call(url, 'list', { options: { all: 'true', limit: '1', json: 'true' } });
  expect(JSON.parse(out)).toEqual({ things: [{ id: 't_2' }, { id: 't_1' }], next_page_uri: null });
  expect(received.map(({ line }) => line)).toEqual(['GET /things?limit=1', 'GET /things?before_id=t_2&limit=1']);
});

it('--all leaves a list whose pages do not end', async () => {
  const page = { things: [], next_page_uri: 'https://a/things?before_id=t_1' };
  const { url } = await startApi({ body: page }, { body: page }, { body: page });
  expect(await call(url, 'list', { options: { all: 'true' } })).toMatchObject({ exitCode: 11, out: '' });
});

const refusal = (code: number, status: number) => ({
  status,
  body: { error_code: `ERR_ADIT_${code}`, status_code: status, msg: 'It is not there.\x1b[31m Look.', details: {} },
});

it.each([
  ['a known code', refusal(9101, 404), 5],
  ['a code that only a newer server has', refusal(99_999, 409), 6],
  ['a status of no kind', refusal(99_999, 418), 2],
  ['a failure of the server', refusal(99_999, 507), 1],
])('an error has the words of the API and its exit code: %s', async (_, answer, exitCode) => {
  const { url } = await startApi(answer, answer);
  const { error_code, msg } = answer.body;
  const people = await call(url, 'get', { arguments: ['t_1'] });
  expect(people).toEqual({ exitCode, out: '', err: `adit: ${msg.replace('\x1b', '?')} (${error_code})\n` });
  const program = await call(url, 'get', { arguments: ['t_1'], options: { json: 'true' } });
  expect(program).toEqual({ exitCode, out: '', err: `${JSON.stringify(answer.body)}\n` });
});

it.each([
  ['no JSON', { body: '<html>' }],
  ['JSON that is no object', { body: '"x"' }],
  ['a redirect, which is not followed', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }],
])('what answers with %s is not the API', async (_, answer) => {
  const { url, received } = await startApi(answer);
  const { exitCode, err } = await call(url, 'get', { arguments: ['t_1'] });
  expect(exitCode).toBe(11);
  expect(err).toContain('ERR_ADIT_9512');
  expect(received).toHaveLength(1);
});

it('says when nothing listens there', async () => {
  const { url } = await startApi();
  servers.splice(0).map((server) => server.close());
  const { exitCode, err } = await call(url, 'get', { arguments: ['t_1'] });
  expect(exitCode).toBe(8);
  expect(err).toContain(`Cannot reach the API at "${url}": the connection was refused`);
});

it('says when no answer comes, and nothing when it was the user who gave up', async () => {
  const silent = http.createServer(() => undefined);
  servers.push(silent);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const settings = { url: new URL(url), apiKey: 'key', caFile: undefined, warnings: [] };
  const request = { method: 'GET', path: '/things', query: {}, headers: {}, body: undefined };
  // In place of the half minute that it waits.
  const late = sendRequest(settings, request, { interrupted: AbortSignal.timeout(10) });
  await expect(late).rejects.toMatchObject({ code: 9301, message: expect.stringContaining('no answer within 30 s') });

  const io = testIo({ env: { ADIT_API_URL: url, ADIT_API_KEY: 'key', XDG_CONFIG_HOME: '/nowhere' } });
  silent.once('request', () => io.interrupt());
  const command = apiCommands(madeUpDocument).commands[0]?.commands.find(({ name }) => name === 'api things list');
  expect(await command?.run({ arguments: [], options: {} }, io)).toBe(0);
  expect([io.out.text, io.err.text]).toEqual(['', '']);
});

it('a key as an option is refused before anything is sent', async () => {
  const { url, received } = await startApi({ status: 204 });
  const { exitCode, err } = await call(url, 'delete', { arguments: ['t'], options: { 'api-key': 'hunter2' } });
  expect({ exitCode, received }).toEqual({ exitCode: 2, received: [] });
  expect(err).not.toContain('hunter2');
});

// What the framework's own way of asking cannot do: bytes that are no request, or not all of one, on real connections.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { errorBody } from '@adit/contracts/api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 4) * 50;
const seed = Number(process.env['FUZZ_SEED'] ?? 20260102);
const maxMs = 10_000;

let world: World;
let admin: Person;
let front: Server;

beforeAll(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
  // Half open, as connections of the edge are.
  front = createServer({ allowHalfOpen: true }, (socket) => world.app.server.emit('connection', socket));
  await once(front.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  await world.dispose();
  front.close();
});

function open() {
  const { port } = front.address() as AddressInfo;
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true });
}

/** Everything that comes back for those bytes, after which the connection ends. */
async function answerTo(bytes: Buffer): Promise<string> {
  const socket = open();
  const answer = textOf(socket).catch(() => '');
  socket.end(bytes);
  const text = await answer;
  socket.destroy();
  return text;
}

function requestFor(body: Buffer | string, headers: readonly string[] = []): Buffer {
  const lines = [
    ...['POST /vaults HTTP/1.1', 'Host: api', 'Connection: close', 'Content-Type: application/json'],
    ...[`Authorization: Bearer ${admin.key}`, ...headers],
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

const withLength = (body: string): Buffer => requestFor(body, [`Content-Length: ${Buffer.byteLength(body)}`]);

/** An answer of the API, or the refusal of what is not even a request; or none, to one that is not whole. */
function expectHonest(answer: string): void {
  expect(world.logged).toEqual([]);
  expect(answer).not.toContain(admin.key);
  if (answer === '') return;
  expect(answer).toMatch(/^HTTP\/1\.1 [124]\d\d /);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  if (head.includes('application/json') && head.startsWith('HTTP/1.1 4')) errorBody.strict().parse(JSON.parse(body));
}

test('whatever comes in place of a request is answered honestly or not at all, and the server serves on', async () => {
  const right = withLength(JSON.stringify({ name: 'a', description: 'é\u{1f980}' }));
  const at = fc.nat(right.length);
  const some = fc.uint8Array({ minLength: 1, maxLength: 20 });
  const change = fc.oneof(
    at.map((from) => ({ from, to: right.length, bytes: [] })),
    fc.tuple(at, some).map(([from, bytes]) => ({ from, to: from, bytes: [...bytes] })),
    fc.tuple(at, some).map(([from, bytes]) => ({ from, to: from + bytes.length, bytes: [...bytes] })),
  );
  const property = fc.asyncProperty(change, async ({ from, to, bytes }) => {
    expectHonest(await answerTo(Buffer.concat([right.subarray(0, from), Buffer.from(bytes), right.subarray(to)])));
  });
  await fc.assert(property, { numRuns, seed, endOnFailure: true, timeout: maxMs });
  expect(await answerTo(withLength('{"name":"at the end"}'))).toMatch(/^HTTP\/1\.1 201 /);
});

test.each<[what: string, request: () => Buffer, status: number | undefined]>([
  ['a body that ends too early', () => requestFor('{"name":"x"', ['Content-Length: 100']), undefined],
  ['a chunk that ends too early', () => requestFor('10\r\n{"name"', ['Transfer-Encoding: chunked']), undefined],
  ['a chunk whose size is none', () => requestFor('zz\r\n{}\r\n0\r\n\r\n', ['Transfer-Encoding: chunked']), 400],
  [
    'chunks and a length',
    () => requestFor('2\r\n{}\r\n0\r\n\r\n', ['Transfer-Encoding: chunked', 'Content-Length: 2']),
    400,
  ],
  ['two lengths', () => requestFor('{}', ['Content-Length: 2', 'Content-Length: 3']), 400],
  ['a length below zero', () => requestFor('{}', ['Content-Length: -2']), 400],
  ['a body longer than it says', () => requestFor('{"name":"x"} {', ['Content-Length: 2']), 400],
  ['a length that nobody could send', () => requestFor('{}', ['Content-Length: 9007199254740993']), 413],
  ['bytes that are no UTF-8', () => requestFor(Buffer.from('{"name":"\xff"}', 'latin1'), ['Content-Length: 12']), 400],
  ['a chunked body that never stays within its limit', () => chunked(20), 413],
])('%s is refused, and makes nothing', async (_, request, status) => {
  const before = await world.store.listDocuments({ accountId: admin.accountId, kind: 'vault', limit: 1000 });
  const answer = await answerTo(request());
  expectHonest(answer);
  if (status !== undefined) expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(await world.store.listDocuments({ accountId: admin.accountId, kind: 'vault', limit: 1000 })).toEqual(before);
});

test('a body that comes byte by byte keeps nobody waiting, and is taken when it is whole', async () => {
  const socket = open();
  const answer = textOf(socket);
  const bytes = withLength('{"name":"slow"}');
  for (const byte of bytes.subarray(0, -1)) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
  expect(await answerTo(withLength('{"name":"fast"}'))).toMatch(/^HTTP\/1\.1 201 /);
  socket.end(bytes.subarray(-1));
  expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
});

function chunked(count: number): Buffer {
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  return requestFor(`${chunk.repeat(count)}0\r\n\r\n`, ['Transfer-Encoding: chunked']);
}

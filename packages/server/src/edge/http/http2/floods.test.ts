// T40: what costs a visitor little and us much ends his connection, or stays bounded.
import { expect, test } from 'vitest';
import { answerHead, type Recorder, startCodec, type TestCodec } from './http2-codec.testkit.ts';
import {
  connectRawH2,
  frameType,
  h2Frame,
  indexedHeader,
  literalHeaders,
  type RawH2Client,
  requestLines,
  uint32,
} from './raw-h2.testkit.ts';

const head = literalHeaders(requestLines('app.example.test'));
const postHead = literalHeaders(requestLines('app.example.test', { method: 'POST' }));
const sizedHead = literalHeaders([...requestLines('app.example.test', { method: 'POST' }), ['content-length', '5']]);
const nothing = (): void => {};
const get = (id: number): Buffer => h2Frame(frameType.headers, 5, id, head);
const post = (id: number): Buffer => h2Frame(frameType.headers, 4, id, postHead);

interface Flood {
  readonly kit: TestCodec;
  readonly client: RawH2Client;
  /** How often `round` was sent before the connection ended. */
  readonly rounds: number;
}

/** Sends rounds, each in a write of its own that was read before the next, until the connection ends or `max` are sent. */
async function flood(round: (n: number) => Buffer, max: number, kit?: TestCodec): Promise<Flood> {
  const codec = kit ?? (await startCodec({ handle: nothing }));
  const client = connectRawH2(codec.port);
  await client.next(frameType.settings);
  let rounds = 0;
  while (rounds < max && !client.isClosed && codec.closed === 0) {
    const before = codec.sockets[0]?.bytesRead ?? 0;
    client.send(round(rounds++));
    while (!client.isClosed && codec.closed === 0 && (codec.sockets[0]?.bytesRead ?? 0) === before) await nextTurn();
    await nextTurn();
  }
  return { kit: codec, client, rounds };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether a PING is answered. */
async function isAlive(client: RawH2Client): Promise<boolean> {
  const payload = Buffer.from('are you?');
  client.send(h2Frame(frameType.ping, 0, 0, payload));
  const isAnswer = (frame: { type: number; payload: Buffer }) =>
    frame.type === frameType.ping && frame.payload.equals(payload);
  while (!client.isClosed && !client.frames.some(isAnswer)) await nextTurn();
  return !client.isClosed;
}

const goawayCode = async (client: RawH2Client): Promise<number | undefined> =>
  (await client.next(frameType.goaway))?.payload.readUInt32BE(4);

const batch = (count: number, frame: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => frame));

const madeYouReset: [string, (id: number) => Buffer][] = [
  ['rapid reset', (id) => h2Frame(frameType.reset, 0, id, uint32(8))],
  ['MadeYouReset by a window update of 0', (id) => h2Frame(frameType.windowUpdate, 0, id, uint32(0))],
  ['MadeYouReset by a window overflow', (id) => h2Frame(frameType.windowUpdate, 0, id, uint32(0x7fffffff))],
  ['MadeYouReset by data behind the end', (id) => h2Frame(frameType.data, 0, id, Buffer.from('x'))],
  ['MadeYouReset by a head behind the end', (id) => h2Frame(frameType.headers, 5, id, head)],
  ['MadeYouReset by a length that is not kept', (id) => h2Frame(frameType.data, 1, id, Buffer.from('x'))],
  ['MadeYouReset by PRIORITY of a wrong length', (id) => h2Frame(frameType.priority, 0, id, Buffer.alloc(4))],
];

test.each(madeYouReset)('%s costs no more requests than the limit of resets', async (title, breaker) => {
  const kit = await startCodec({ handle: nothing, limits: { streamResetBurst: 20, streamResetRate: 1 } });
  let id = -1;
  let isOpen = false;
  const { client } = await flood(
    () => {
      isOpen = !isOpen;
      if (isOpen) id += 2;
      if (isOpen) return title.includes('length that') ? h2Frame(frameType.headers, 4, id, sizedHead) : get(id);
      return breaker(id);
    },
    400,
    kit,
  );
  await client.closed();
  expect(kit.recorders.length).toBeLessThanOrEqual(22);
  await expect.poll(() => kit.closed).toBe(1);
});

test('a CONTINUATION flood ends within a few frames (CVE-2024-27983)', async () => {
  const part = literalHeaders([['x', 'y']]);
  const { kit, rounds, client } = await flood(
    (n) => (n === 0 ? h2Frame(frameType.headers, 1, 1, head) : h2Frame(frameType.continuation, 0, 1, part)),
    100,
  );
  await client.closed();
  expect(rounds).toBeLessThan(20);
  expect(kit.recorders).toHaveLength(0);
});

test('an HPACK bomb is refused and costs little memory', async () => {
  const before = process.memoryUsage();
  const bomb = Buffer.concat([head, indexedHeader('x', 'y'.repeat(3900)), Buffer.alloc(12_000, 0xbe)]);
  const { kit, client } = await flood((n) => h2Frame(frameType.headers, 5, n * 2 + 1, bomb), 50);
  await client.next(frameType.reset);
  expect(kit.recorders).toHaveLength(0);
  const after = process.memoryUsage();
  expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(64 * 1024 * 1024);
});

test('a head whose lines have no name shows none of them', async () => {
  const empty = literalHeaders(Array.from({ length: 1000 }, () => ['', ''] as const));
  const { kit } = await flood((n) => h2Frame(frameType.headers, 5, n * 2 + 1, Buffer.concat([head, empty])), 1);
  await expect.poll(() => kit.recorders.length + (kit.closed || 0)).toBeGreaterThan(0);
  for (const { exchange } of kit.recorders) expect(exchange.headers).toEqual([]);
});

// Bytes that are neither head nor content, in batches of some 16 KiB: the limit is 1 MiB.
const costly: [string, (n: number) => Buffer, number][] = [
  ['PING', () => batch(1000, h2Frame(frameType.ping, 0, 0, Buffer.alloc(8))), 20],
  ['SETTINGS', () => batch(200, h2Frame(frameType.settings, 0, 0)), 10],
  [
    'SETTINGS that change',
    (n) => batch(200, h2Frame(4, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(65_535 + n)]))),
    10,
  ],
];

test.each(costly)('a flood of %s ends the connection', async (_, round, maxRounds) => {
  const { kit, client, rounds } = await flood(round, 100);
  await client.closed();
  expect(rounds).toBeLessThanOrEqual(maxRounds);
  expect(await goawayCode(client)).toBe(11);
  await expect.poll(() => kit.closed).toBe(1);
});

const silent: [string, (n: number) => Buffer][] = [
  ['WINDOW_UPDATE', () => batch(1200, h2Frame(frameType.windowUpdate, 0, 0, uint32(1)))],
  ['PRIORITY', () => batch(1100, h2Frame(frameType.priority, 0, 3, Buffer.from([0, 0, 0, 0, 16])))],
  ['unknown frames', () => h2Frame(0x77, 0xff, 0, Buffer.alloc(16_000))],
  ['acknowledged PING', () => batch(1000, h2Frame(frameType.ping, 1, 0, Buffer.alloc(8)))],
];

test.each(silent)('a flood of %s ends the connection at the next sweep', async (_, round) => {
  const { kit, client } = await flood(round, 80);
  kit.clock.advance(1000);
  await client.closed();
  await expect.poll(() => kit.closed).toBe(1);
});

test.each<[string, (n: number) => Buffer]>([
  ['PING', () => h2Frame(frameType.ping, 0, 0, Buffer.alloc(8))],
  ['WINDOW_UPDATE', () => h2Frame(frameType.windowUpdate, 0, 0, uint32(1000))],
])('%s at the pace of a keep-alive is welcome for ever', async (_, round) => {
  const kit = await startCodec({ handle: nothing });
  const { client } = await flood(
    (n) => {
      kit.clock.advance(1000);
      return round(n);
    },
    200,
    kit,
  );
  kit.clock.advance(1000);
  expect(await isAlive(client)).toBe(true);
});

test('padding counts as what it is', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.resumeBody() });
  const padded = h2Frame(frameType.data, 0x8, 1, Buffer.concat([Buffer.from([255, 0x61]), Buffer.alloc(255)]));
  const { client } = await flood((n) => (n === 0 ? post(1) : batch(200, padded)), 30, kit);
  kit.clock.advance(1000);
  await client.closed();
  expect(kit.recorders[0]?.bytes).toBeGreaterThan(1000);
});

test('small pieces of content are no flood', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.resumeBody() });
  const piece = h2Frame(frameType.data, 0, 1, Buffer.from('abcdefgh'));
  const { client } = await flood((n) => (n === 0 ? post(1) : batch(900, piece)), 100, kit);
  await expect.poll(() => kit.recorders[0]?.bytes).toBe(99 * 900 * 8);
  kit.clock.advance(1000);
  expect(await isAlive(client)).toBe(true);
});

test('credit and PING for each small piece of an answer are no flood', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.answer(answerHead()) });
  const reply = [
    h2Frame(frameType.windowUpdate, 0, 0, uint32(10)),
    h2Frame(frameType.windowUpdate, 0, 1, uint32(10)),
    h2Frame(frameType.ping, 0, 0, Buffer.alloc(8)),
  ];
  const { client } = await flood(
    (n) => {
      if (n === 0) return get(1);
      for (let i = 0; i < 500; i++) kit.recorders[0]?.exchange.write(Buffer.alloc(10));
      return batch(500, Buffer.concat(reply));
    },
    80,
    kit,
  );
  expect(kit.sockets[0]?.bytesRead).toBeGreaterThan(1_600_000);
  kit.clock.advance(1000);
  expect(await isAlive(client)).toBe(true);
});

test('what was on its way when uploads were cut is no flood', async () => {
  const kit = await startCodec({
    handle: ({ exchange }) => {
      exchange.answer(answerHead({ status: 403, hasBody: false }));
      exchange.end([]);
      exchange.discardBody();
    },
  });
  const piece = h2Frame(frameType.data, 0, 1, Buffer.alloc(16_000));
  const { client } = await flood(
    (n) => {
      if (n % 10 === 0) kit.clock.advance(1000);
      const id = Math.floor(n / 17) * 2 + 1;
      piece.writeUInt32BE(id, 5);
      return n % 17 === 0 ? post(id) : Buffer.from(piece);
    },
    17 * 8,
    kit,
  );
  kit.clock.advance(1000);
  expect(await isAlive(client)).toBe(true);
  expect(kit.recorders).toHaveLength(8);
});

test('a flood of empty DATA frames ends the connection', async () => {
  const { client, rounds } = await flood((n) => (n === 0 ? post(1) : batch(50, h2Frame(frameType.data, 0, 1))), 20);
  await client.closed();
  expect(rounds).toBeLessThan(6);
});

test.each<[string, Buffer]>([
  ['of the connection (CVE-2026-21714)', h2Frame(frameType.windowUpdate, 0, 0, uint32(0x7fffffff))],
  ['by 0', h2Frame(frameType.windowUpdate, 0, 0, uint32(0))],
])('a window update %s ends the connection, and it is forgotten', async (_, update) => {
  const { kit, client } = await flood(() => Buffer.concat([get(1), update]), 1);
  await client.closed();
  await expect.poll(() => kit.closed).toBe(1);
  expect(kit.clock.pendingTimers).toBe(0);
});

test('a visitor who never reads answers to PING is cut off', async () => {
  const kit = await startCodec({ handle: nothing });
  const client = connectRawH2(kit.port);
  await client.next(frameType.settings);
  client.socket.pause();
  const pings = batch(10_000, h2Frame(frameType.ping, 0, 0, Buffer.alloc(8)));
  for (let i = 0; i < 20; i++) client.socket.write(pings);
  await expect.poll(() => kit.closed).toBe(1);
});

test('100 streams that take nothing hold 128 KiB each at most', async () => {
  const given = new Map<Recorder, number>();
  const piece = Buffer.alloc(64 * 1024);
  const kit = await startCodec({
    handle: (recorder) => {
      recorder.exchange.answer(answerHead());
      let bytes = 0;
      for (let isOpen = true; isOpen && bytes < 10_000_000; bytes += piece.length)
        isOpen = recorder.exchange.write(piece);
      given.set(recorder, bytes);
    },
  });
  const client = connectRawH2(kit.port);
  client.socket.pause();
  client.send(...Array.from({ length: 100 }, (_, i) => get(i * 2 + 1)));
  await expect.poll(() => given.size).toBe(100);
  expect(Math.max(...given.values())).toBeLessThanOrEqual(128 * 1024);
  expect(kit.recorders.reduce((sum, recorder) => sum + recorder.drains, 0)).toBe(0);
  kit.clock.advance(310_000);
  await expect.poll(() => kit.recorders.every((recorder) => recorder.isWhole === false)).toBe(true);
});

test('more than the allowed streams at once are refused, settings acknowledged or not', async () => {
  const kit = await startCodec({ handle: nothing });
  const client = connectRawH2(kit.port, { acks: false });
  client.send(...Array.from({ length: 150 }, (_, i) => get(i * 2 + 1)));
  await expect
    .poll(() => client.frames.filter(({ type }) => type === frameType.reset || type === 7).length)
    .toBeGreaterThan(0);
  await nextTurn();
  expect(kit.recorders.length).toBeLessThanOrEqual(100);
});

test('a visitor who never acknowledges the settings is cut off, one who does is not', async () => {
  const kit = await startCodec({ handle: nothing });
  const silentClient = connectRawH2(kit.port, { acks: false });
  const client = connectRawH2(kit.port);
  await client.next(frameType.settings);
  await silentClient.next(frameType.settings);
  client.send(get(1));
  await expect.poll(() => kit.recorders.length).toBe(1);
  kit.clock.advance(29_000);
  await nextTurn();
  expect(kit.closed).toBe(0);
  kit.clock.advance(2000);
  expect(await goawayCode(silentClient)).toBe(4);
  await expect.poll(() => kit.closed).toBe(1);
  expect(client.isClosed).toBe(false);
});

async function stallUploads(kit: TestCodec, streams: number): Promise<void> {
  const session = await kit.connect();
  for (let i = 0; i < streams; i++) {
    const stream = session.request({ ':method': 'POST' });
    stream.on('error', nothing);
    stream.write(Buffer.alloc(300_000));
  }
}

/** Bytes that arrived, once no more come. */
async function settled(kit: TestCodec): Promise<number> {
  const read = (): number => kit.sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  let before = -1;
  for (let turns = 0; turns < 1000; turns = read() === before ? turns + 1 : 0) {
    before = read();
    await nextTurn();
  }
  return before;
}

const firstWindow = 256 * 1024;

test('uploads that nobody takes hold their first windows, and all arrive once somebody does', async () => {
  const kit = await startCodec({ handle: nothing });
  await stallUploads(kit, 30);
  await expect.poll(() => kit.recorders.length).toBe(30);
  expect(await settled(kit)).toBeLessThan(30 * firstWindow + 20_000);
  for (const { exchange } of kit.recorders) exchange.resumeBody();
  await expect.poll(() => kit.recorders.every(({ bytes }) => bytes === 300_000)).toBe(true);
});

test('a connection that holds more than it may loses its fullest uploads, and only those', async () => {
  const kit = await startCodec({ handle: nothing, limits: { h2MaxHeldBytes: 1_000_000 } });
  await stallUploads(kit, 10);
  await settled(kit);
  const lost = kit.recorders.filter((recorder) => recorder.isWhole === false).length;
  expect(lost).toBe(7);
  expect(kit.closed).toBe(0);
});

test('past what all may hold, the connection that holds most loses', async () => {
  const kit = await startCodec({ handle: nothing, limits: { h2MaxHeldBytesInAll: 1_000_000 } });
  await stallUploads(kit, 1);
  await settled(kit);
  await stallUploads(kit, 10);
  await settled(kit);
  expect(kit.recorders[0]?.isWhole).toBeNull();
  expect(kit.recorders.filter((recorder) => recorder.isWhole === null)).toHaveLength(3);
});

test('content in pieces of one byte costs no more than what is in them', async () => {
  const kit = await startCodec({ handle: nothing });
  const tiny = batch(1600, h2Frame(frameType.data, 0, 1, Buffer.from('x')));
  globalThis.gc?.();
  const before = process.memoryUsage();
  await flood((n) => (n === 0 ? post(1) : tiny), 160, kit);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * 1024 * 1024);
});

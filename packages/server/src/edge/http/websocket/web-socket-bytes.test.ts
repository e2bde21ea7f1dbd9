import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { AditError } from '@adit/contracts';
import { expect, test, vi } from 'vitest';
import { fakeClock } from '../../../clock/fake-clock.testkit.ts';
import { defaultHttpLimits as limits } from '../http-limits.ts';
import { binary, clientFrame, closeContent, closing } from './client-frame.testkit.ts';
import { WebSocketBytes } from './web-socket-bytes.ts';

const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 1, timeout: 15_000 });

interface Opened {
  readonly bytes: WebSocketBytes;
  /** The visitor's end. */
  readonly visitor: Duplex;
  /** Ours. */
  readonly stream: Duplex;
  readonly clock: ReturnType<typeof fakeClock>;
  /** All that came to the visitor. */
  heard(): Buffer;
  /** All that came out of his messages. */
  said(): string;
}

function open({ isRead = true, isHeard = true } = {}): Opened {
  const [stream, visitor] = duplexPair({ highWaterMark: 1_000 });
  const clock = fakeClock();
  const bytes = new WebSocketBytes(stream, { clock, limits });
  const heard: Buffer[] = [];
  let said = '';
  if (isHeard) visitor.on('data', (chunk: Buffer) => void heard.push(Buffer.from(chunk)));
  if (isRead) {
    bytes.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return { bytes, visitor, stream, clock, heard: () => Buffer.concat(heard), said: () => said };
}

/** A frame as the server sends it. */
const served = (first: number, payload: Buffer | string = ''): Buffer =>
  Buffer.concat([Buffer.from([first, Buffer.byteLength(payload)]), Buffer.from(payload)]);
const closed = (code: number, reason = ''): Buffer => served(0x88, closeContent(code, reason));

test('messages become bytes, and bytes messages', async () => {
  const { bytes, visitor, heard, said } = open();
  visitor.write(Buffer.concat([binary('one '), clientFrame(0x02, 'two '), clientFrame(0x80, 'three')]));
  await until(() => expect(said()).toBe('one two three'));
  bytes.write('answer');
  await until(() => expect(heard()).toEqual(served(0x82, 'answer')));
});

test("the visitor's close frame is an end; ours follows when the other side has ended, with his code", async () => {
  const { bytes, visitor, heard, said } = open();
  visitor.write(Buffer.concat([binary('last'), closing(4001, 'bye'), binary('nothing')]));
  await once(bytes, 'end');
  expect(said()).toBe('last');
  bytes.write('still ');
  bytes.end('more');
  await once(visitor, 'end');
  expect(heard()).toEqual(Buffer.concat([served(0x82, 'still '), served(0x82, 'more'), closed(4001)]));
});

test('a close frame without a code is answered by one', async () => {
  const { bytes, visitor, heard } = open();
  visitor.write(closing(null));
  await once(bytes, 'end');
  bytes.end();
  await once(visitor, 'end');
  expect(heard()).toEqual(served(0x88));
});

test('an end becomes a close frame with 1000; what the visitor sends until his own is still read', async () => {
  const { bytes, visitor, heard, said } = open();
  bytes.end('all of it');
  await once(visitor, 'end');
  expect(heard()).toEqual(Buffer.concat([served(0x82, 'all of it'), closed(1000)]));
  visitor.write(binary('not yet read'));
  visitor.end(closing(1000));
  await once(bytes, 'close');
  expect(said()).toBe('not yet read');
});

test.each<[what: string, sent: Buffer, told: Buffer]>([
  ['text', clientFrame(0x81, 'x'), closed(1003, 'only binary messages are taken here')],
  ['frames without mask', Buffer.from('820178', 'hex'), closed(1002, 'frames of clients have to be masked')],
  ['reserved bits', clientFrame(0xc2, 'x'), closed(1002, 'no extension was agreed on, and a reserved bit is set')],
  [
    'a reason that is no text',
    clientFrame(0x88, Buffer.from('03e8ff', 'hex')),
    closed(1007, 'the reason of a close frame is not UTF-8'),
  ],
])('%s end it: the visitor is told why, the other side loses it', async (_, sent, told) => {
  const { bytes, visitor, stream, heard } = open();
  const isEnded = vi.fn();
  bytes.on('end', isEnded);
  visitor.write(Buffer.concat([binary('before'), sent, binary('behind')]));
  await Promise.all([once(bytes, 'close'), once(visitor, 'end')]);
  expect(heard()).toEqual(told);
  expect(isEnded).not.toHaveBeenCalled();
  visitor.end();
  await until(() => expect(stream.closed).toBe(true));
});

test('a failure of the other side is told by code and title', async () => {
  const { bytes, visitor, heard } = open();
  bytes.write('half');
  bytes.destroy(new AditError(9005, 'the agent is gone, at 192.0.2.1'));
  await once(visitor, 'end');
  const reason = `ERR_ADIT_9005: ${new AditError(9005).row.title}`;
  expect(heard()).toEqual(Buffer.concat([served(0x82, 'half'), closed(1014, reason)]));
});

test.each<[what: string, leave: (visitor: Duplex) => void]>([
  ['ends without a close frame', (visitor) => void visitor.end(binary('cut'))],
  ['breaks off', (visitor) => void visitor.destroy()],
])('a visitor who %s does not end in good order', async (_, leave) => {
  const { bytes, visitor, stream, clock } = open();
  const isEnded = vi.fn();
  bytes.on('end', isEnded);
  // As a connection does: one that is destroyed is gone for both.
  visitor.once('close', () => stream.destroy());
  leave(visitor);
  await once(bytes, 'close');
  expect([isEnded.mock.calls.length, stream.destroyed, clock.pendingTimers]).toEqual([0, true, 0]);
});

test('a visitor who was gone before is gone', async () => {
  const [stream] = duplexPair();
  stream.destroy();
  await once(stream, 'close');
  const clock = fakeClock();
  await once(new WebSocketBytes(stream, { clock, limits }), 'close');
  expect(clock.pendingTimers).toBe(0);
});

test('destroyed without a reason, it breaks off', async () => {
  const { bytes, stream, heard, clock } = open();
  bytes.destroy();
  await once(stream, 'close');
  expect([heard().length, clock.pendingTimers]).toEqual([0, 0]);
});

test('who has closed in good order may leave at once: all that he sent is read, and what comes for him goes nowhere', async () => {
  const { bytes, visitor, stream } = open({ isRead: false, isHeard: false });
  visitor.write(Buffer.concat([binary('x'.repeat(500)), closing(1000)]));
  await until(() => expect(bytes.readableLength).toBe(500));
  bytes.write(Buffer.alloc(10_000));
  expect(stream.writableNeedDrain).toBe(true);
  stream.destroy();
  await once(stream, 'close');
  bytes.resume();
  await once(bytes, 'end');
  for (let i = 0; i < 100; i++) bytes.write(Buffer.alloc(1_000));
  bytes.end();
  await once(bytes, 'close');
  expect(bytes.errored).toBeNull();
});

test('pings are answered, also between the parts of a message', async () => {
  const { visitor, heard } = open();
  visitor.write(Buffer.concat([clientFrame(0x02, 'a'), clientFrame(0x89, 'now?'), clientFrame(0x80, 'b')]));
  await until(() => expect(heard()).toEqual(served(0x8a, 'now?')));
});

test('[invariant: backpressure-end-to-end] a visitor who pings and does not read gets the latest pong, and no other is kept', async () => {
  const { visitor, stream, heard } = open({ isHeard: false });
  const isRoom = () => visitor.write(clientFrame(0x89, 'x'.repeat(100)));
  for (let i = 0; i < 2_000; i++) if (!isRoom()) await once(visitor, 'drain');
  visitor.write(clientFrame(0x89, 'the latest'));
  await until(() => expect(visitor.writableLength).toBe(0));
  expect(stream.writableLength).toBeLessThan(3_000);
  const chunks: Buffer[] = [];
  visitor.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await until(() => expect(Buffer.concat(chunks).subarray(-12)).toEqual(served(0x8a, 'the latest')));
  expect(heard().length).toBe(0);
});

test('[invariant: backpressure-end-to-end] a side that reads slowly holds up the other', async () => {
  const { bytes, visitor, stream } = open({ isRead: false, isHeard: false });
  let isFull = false;
  for (let round = 0; round < 1_000 && !isFull; round++) {
    isFull = !visitor.write(binary('u'.repeat(1_000)));
    if (isFull) isFull = await Promise.race([once(visitor, 'drain').then(() => false), turns(50).then(() => true)]);
  }
  expect(isFull).toBe(true);
  expect(bytes.readableLength).toBeLessThan(bytes.readableHighWaterMark + 3_000);

  for (let round = 0; round < 1_000; round++) bytes.write(Buffer.alloc(1_000));
  await turns(50);
  expect(stream.writableLength).toBeLessThan(3_000);
  expect(bytes.writableNeedDrain).toBe(true);
});

/** Turns of the loop in which anything that could move has done so. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a silent visitor is pinged, and lost when he gives no sign', async () => {
  const { bytes, visitor, clock, heard } = open();
  clock.advance(limits.webSocketPingMs);
  await until(() => expect(heard()).toEqual(served(0x89)));
  visitor.write(clientFrame(0x8a));
  await turns(5);
  clock.advance(limits.webSocketPingMs * limits.maxUnansweredPings);
  await turns(5);
  visitor.write(binary('here'));
  await turns(5);
  clock.advance(limits.webSocketPingMs * (limits.maxUnansweredPings + 1));
  await turns(5);
  expect(bytes.destroyed).toBe(false);
  clock.advance(limits.webSocketPingMs);
  await once(bytes, 'close');
  expect(clock.pendingTimers).toBe(0);
});

test('a visitor whom we do not listen to is not lost', async () => {
  const { bytes, visitor, clock } = open({ isRead: false });
  while (!bytes.isHeldUp) {
    visitor.write(binary('u'.repeat(1_000)));
    await turns(1);
  }
  clock.advance(limits.webSocketPingMs * 100);
  await turns(5);
  expect(bytes.destroyed).toBe(false);
});

test('a visitor who does not hang up behind the close frames is cut off, and one who does not take ours later', async () => {
  const prompt = open();
  prompt.bytes.end();
  await once(prompt.visitor, 'end');
  prompt.clock.advance(limits.webSocketCloseMs - 1);
  expect(prompt.stream.destroyed).toBe(false);
  prompt.clock.advance(1);
  expect(prompt.stream.destroyed).toBe(true);

  const slow = open({ isHeard: false });
  slow.bytes.end(Buffer.alloc(900));
  await turns(5);
  expect(slow.stream.writableEnded).toBe(true);
  expect(slow.stream.writableFinished).toBe(false);
  slow.clock.advance(limits.writeStallTimeoutMs - 1);
  expect(slow.stream.destroyed).toBe(false);
  slow.clock.advance(1);
  expect(slow.stream.destroyed).toBe(true);
});

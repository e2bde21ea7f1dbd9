import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Frame, FrameCollector } from '../frames/frame-text.testkit.ts';
import { frameFlags, streamTypes } from '../protocol.ts';
import { HandTimer } from './hand-timer.testkit.ts';
import { memoryPair } from './memory-pair.testkit.ts';
import { MuxSession } from './mux-session.ts';
import type { MuxStream } from './mux-stream.ts';
import { aditProfile, type MuxProfile, ngrokProfile } from './profiles.ts';
import { turn } from './raw-peer.testkit.ts';

/** Small, so that a few kilobytes fill windows and take turns. */
const small = { initialWindowBytes: 1000, maxSendFrameBytes: 300, maxServerStreams: 20, maxClientStreams: 20 };
const profiles: readonly MuxProfile[] = [
  { ...ngrokProfile, ...small, maxWindowBytes: 1000 },
  { ...aditProfile, ...small, maxWindowBytes: 4000, sessionWindowBytes: 6000, maxHeldBytes: 1_000_000 },
];

/** A stream that one side opens: what both sides write on it, piece by piece. */
interface Talk {
  readonly by: 'client' | 'server';
  readonly there: number[];
  readonly back: number[];
}

const sizes = fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 8 });
const talks = fc.array(fc.record({ by: fc.constantFrom('client', 'server'), there: sizes, back: sizes }), {
  minLength: 1,
  maxLength: 6,
});
const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 10 });

function pattern(seed: number, pieceSizes: readonly number[]): Buffer[] {
  let next = seed * 31;
  return pieceSizes.map((size) => Buffer.from(Array.from({ length: size }, () => next++ % 251)));
}

/** Writes pieces as the stream takes them, then ends its half. */
function speak(stream: MuxStream, pieces: readonly Buffer[]): void {
  for (const piece of pieces) stream.write(piece);
  stream.end();
}

function hear(stream: MuxStream, isPausing: boolean): Promise<Buffer> {
  const heard: Buffer[] = [];
  stream.on('data', (piece: Buffer) => {
    heard.push(piece);
    if (!isPausing) return;
    stream.pause();
    setImmediate(() => stream.resume());
  });
  return new Promise((resolve, reject) => {
    stream.on('end', () => resolve(Buffer.concat(heard))).on('error', reject);
  });
}

/** Fails when a side sends what it may not: beyond its window, a grant of nothing or of more than it may. */
function checkFlow(profile: MuxProfile, sent: readonly Buffer[], granted: readonly Buffer[]): void {
  const { initialWindowBytes, maxWindowBytes, sessionWindowBytes } = profile;
  const used = new Map<number, number>();
  let usedOfSession = 0;
  for (const frame of decode(profile, sent)) {
    if (frame.kind !== 'data') continue;
    used.set(frame.streamId, (used.get(frame.streamId) ?? 0) + frame.payload.length);
    usedOfSession += frame.payload.length;
    if (frame.flags & frameFlags.syn) expect(frame.payload.length).toBeGreaterThanOrEqual(4);
    expect(frame.payload.length).toBeLessThanOrEqual(profile.maxSendFrameBytes);
  }
  const grants = new Map<number, number>();
  for (const frame of decode(profile, granted)) {
    if (frame.kind !== 'windowIncrement') continue;
    expect(frame.increment).toBeGreaterThan(0);
    grants.set(frame.streamId, (grants.get(frame.streamId) ?? 0) + frame.increment);
  }
  for (const [streamId, bytes] of used) {
    expect(bytes).toBeLessThanOrEqual(initialWindowBytes + (grants.get(streamId) ?? 0));
    expect(grants.get(streamId) ?? 0).toBeLessThanOrEqual(bytes + maxWindowBytes - initialWindowBytes);
  }
  const ofSession = grants.get(0) ?? 0;
  expect(ofSession).toBeLessThanOrEqual(usedOfSession);
  // All was read: what is not granted is less than the step in which it is.
  if (profile.hasSessionFrames) expect(usedOfSession - ofSession).toBeLessThan(sessionWindowBytes / 8);
}

function decode(profile: MuxProfile, written: readonly Buffer[]): Frame[] {
  const collector = new FrameCollector(undefined, profile.hasSessionFrames);
  for (const bytes of written) collector.feed(bytes);
  return collector.frames;
}

it.each(profiles)(
  'two sessions carry any interleaved talk intact, within windows, however it is cut ($name)',
  async (profile) => {
    await fc.assert(
      fc.asyncProperty(talks, cuts, fc.boolean(), async (plan, cutSizes, isPausing) => {
        let cut = 0;
        const split = (bytes: Buffer) => {
          const pieces: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = cutSizes[cut++ % cutSizes.length] ?? 1;
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          return pieces;
        };
        const [left, right] = memoryPair({ split });
        const heard: Promise<Buffer>[] = [];
        const expected: Buffer[] = [];
        const listen = (stream: MuxStream) => {
          const index = (stream.read(1) as Buffer).readUInt8();
          const talk = plan[index];
          if (talk === undefined) throw new Error(`Nobody planned stream ${index}`);
          expected.push(Buffer.concat(pattern(index, talk.there)));
          heard.push(hear(stream, isPausing));
          speak(stream, pattern(index + 100, talk.back));
        };
        // The first byte behind the type says which talk it is; it may come a piece later.
        const greet = (stream: MuxStream) =>
          stream.once('readable', function look() {
            if (stream.readableLength > 0) listen(stream);
            else stream.once('readable', look);
          });
        const closes: unknown[] = [];
        const shared = {
          profile,
          timer: new HandTimer(),
          onStream: greet,
          onClose: (error: unknown) => closes.push(error),
        };
        const sides = {
          server: new MuxSession(left, { ...shared, role: 'server' }),
          client: new MuxSession(right, { ...shared, role: 'client' }),
        };
        for (const [index, talk] of (plan as Talk[]).entries()) {
          const stream = sides[talk.by].open(streamTypes.proxy, Buffer.from([index]));
          expected.push(Buffer.concat(pattern(index + 100, talk.back)));
          heard.push(hear(stream, isPausing));
          speak(stream, pattern(index, talk.there));
        }
        while (heard.length < plan.length * 2) await turn();
        expect(await Promise.all(heard)).toEqual(expected);
        await turn();
        expect([sides.server.openStreamCount, sides.client.openStreamCount, closes]).toEqual([0, 0, []]);
        checkFlow(profile, left.written, right.written);
        checkFlow(profile, right.written, left.written);
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);

it.each(profiles)(
  'any bytes after a valid start leave the session alive or ended, and held no more than windows ($name)',
  async (profile) => {
    const start = Buffer.from('0000041200000003000000030000041200000005ffffffff', 'hex');
    await fc.assert(
      fc.asyncProperty(hostileBytes(), cuts, async (bytes, cutSizes) => {
        const [left, right] = memoryPair();
        const streams: MuxStream[] = [];
        let closed = 0;
        const session = new MuxSession(left, {
          role: 'server',
          profile,
          timer: new HandTimer(),
          onStream: (stream) => streams.push(stream),
          onClose: () => closed++,
        });
        right.resume();
        right.write(start);
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cutSizes[cut % cutSizes.length] ?? 1;
          right.write(bytes.subarray(at, at + size));
          at += size;
        }
        await turn();
        const held = streams.reduce((sum, stream) => sum + stream.readableLength, 0);
        expect(held).toBeLessThanOrEqual(profile.maxWindowBytes * streams.length);
        expect(session.openStreamCount).toBeLessThanOrEqual(profile.maxClientStreams);
        expect(closed).toBe(session.isClosed ? 1 : 0);
        if (session.isClosed) expect(streams.every((stream) => stream.destroyed || stream.readable)).toBe(true);
        expect(streams[0]?.type).toBe(streamTypes.proxy);
      }),
      { numRuns: 300 },
    );
  },
  60_000,
);

/** Mostly frames, with mostly likely fields. */
function hostileBytes(): fc.Arbitrary<Buffer> {
  const frame = fc
    .record({
      length: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(4, 4, 4, 0xffffff)),
      type: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 15 })),
      flags: fc.integer({ min: 0, max: 15 }),
      streamId: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffffffff })),
      body: fc.uint8Array({ maxLength: 20 }),
      isExact: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ length, type, flags, streamId, body, isExact }) => {
      const head = Buffer.alloc(8);
      head.writeUIntBE(isExact > 0 ? body.length : length, 0, 3);
      head[3] = (type << 4) | flags;
      head.writeUInt32BE(streamId, 4);
      return Buffer.concat([head, body]);
    });
  return fc.array(frame, { maxLength: 30 }).map((frames) => Buffer.concat(frames));
}

import { describe, expect, it } from 'vitest';
import { type Frame, toText } from '../frames/frame-text.testkit.ts';
import { errorCodes, frameFlags, streamTypes } from '../protocol.ts';
import { aditProfile, type MuxProfile } from './profiles.ts';
import { RawPeer, turn } from './raw-peer.testkit.ts';

/** Small, so that a few kilobytes use it up. */
const profile: MuxProfile = {
  ...aditProfile,
  initialWindowBytes: 4_000,
  maxWindowBytes: 4_000,
  sessionWindowBytes: 8_000,
  maxHeldBytes: 7_000,
};

/** A session of adit/1 whose first frames have been looked at. */
async function start(change: Partial<MuxProfile> = {}) {
  const peer = new RawPeer('server', { ...profile, ...change });
  expect(await peer.lines()).toEqual(['PING 1']);
  const proxied = async (bytes = 0) => {
    const stream = peer.session.open(streamTypes.proxy);
    if (bytes > 0) stream.write(Buffer.alloc(bytes));
    await turn();
    return stream;
  };
  return { peer, proxied };
}

const payloadOf = (frames: readonly Frame[]) =>
  frames.reduce((sum, frame) => sum + (frame.kind === 'data' ? frame.payload.length : 0), 0);
const sessionGrants = (frames: readonly Frame[]) => frames.map(toText).filter((line) => line.startsWith('WNDINC 0 '));

describe('PING', () => {
  it('is answered at once, before payload that waits', async () => {
    const { peer, proxied } = await start();
    await proxied(100);
    await peer.frames();
    peer.session.open(streamTypes.proxy).write('bulk');
    await peer.send((frames) => frames.ping(7, 0));
    expect((await peer.lines()).slice(0, 2)).toEqual(['DATA 4 SYN 00000003', 'PING 7 ANSWER']);
  });

  it.each([
    { what: 'an answer that nobody waits for', number: 9, flags: frameFlags.answer },
    { what: 'the answer of the last of the first', number: 4, flags: frameFlags.answer },
  ])('$what is not answered', async ({ number, flags }) => {
    const { peer } = await start();
    for (let first = 1; first < 4; first++) await peer.send((frames) => frames.ping(first, frameFlags.answer));
    expect(await peer.lines()).toEqual(['PING 2', 'PING 3', 'PING 4']);
    await peer.send((frames) => frames.ping(number, flags));
    expect(await peer.lines()).toEqual([]);
    expect(peer.session.isClosed).toBe(false);
  });

  it('without end ends the session of a peer that does not read the answers', async () => {
    const { peer } = await start();
    peer.stopReading();
    for (let round = 0; round < 20 && !peer.session.isClosed; round++) {
      await peer.send((frames) => {
        for (let index = 0; index < 10_000; index++) frames.ping(index, 0);
      });
    }
    expect(peer.closes).toEqual([expect.objectContaining({ code: 9400 })]);
  });
});

describe('the session window, receiving', () => {
  it('is granted in eighths as bytes are read, on whatever stream', async () => {
    const { peer, proxied } = await start();
    const stream = await proxied();
    const call = await peer.open(3, streamTypes.bind);
    await peer.frames();
    await peer.send((frames) => frames.data(2, 0, Buffer.alloc(600)));
    await peer.send((frames) => frames.data(3, 0, Buffer.alloc(600)));
    expect(sessionGrants(await peer.frames())).toEqual([]);
    stream.resume();
    // The 4 type bytes of the call are read, too.
    expect(sessionGrants(await peer.frames())).toEqual([]);
    call.resume();
    expect(sessionGrants(await peer.frames())).toEqual(['WNDINC 0 1204']);
  });

  it.each<[what: string, send: (peer: RawPeer) => Promise<unknown>]>([
    ['for a stream that does not exist', (peer) => peer.send((frames) => frames.data(99, 0, Buffer.alloc(1_000)))],
    [
      'for a stream that was aborted unread',
      async (peer) => {
        const stream = peer.session.open(streamTypes.proxy);
        await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(1_000)));
        expect(sessionGrants(await peer.frames())).toEqual([]);
        stream.destroy();
      },
    ],
    [
      'for one that the peer reset',
      async (peer) => {
        const stream = peer.session.open(streamTypes.proxy);
        await peer.send((frames) => {
          frames.data(stream.id, 0, Buffer.alloc(1_000));
          frames.reset(stream.id, errorCodes.streamReset);
        });
      },
    ],
    [
      'for one that exceeded its window',
      async (peer) => {
        const stream = peer.session.open(streamTypes.proxy);
        await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(5_000)));
      },
    ],
  ])('gives back what came %s', async (_what, send) => {
    const { peer } = await start();
    await send(peer);
    expect(sessionGrants(await peer.frames())).toHaveLength(1);
    expect(peer.session.isClosed).toBe(false);
  });

  it('[invariant: backpressure-end-to-end] ends the session of a peer that exceeds it, code 3', async () => {
    const { peer, proxied } = await start({ maxHeldBytes: 100_000 });
    for (const stream of [await proxied(), await proxied()]) {
      await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(4_000)));
    }
    const third = await proxied();
    expect(peer.session.isClosed).toBe(false);
    await peer.send((frames) => frames.data(third.id, 0, Buffer.alloc(1)));
    expect((await peer.lines()).at(-1)).toBe('GOAWAY code 3 "more was sent than the session window allows"');
    expect(peer.closes).toEqual([expect.objectContaining({ code: 9400 })]);
  });

  it('lets calls and heartbeats pass when it is used up', async () => {
    const { peer, proxied } = await start({ maxHeldBytes: 100_000 });
    const call = await peer.open(3, streamTypes.bind);
    for (const stream of [await proxied(), await proxied()]) {
      await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(3_998)));
    }
    await peer.send((frames) => frames.data(3, 0, Buffer.from('{"Id":"x"}')));
    expect([peer.session.isClosed, String(call.read())]).toEqual([false, '{"Id":"x"}']);
  });

  it('is not used up by readers that stall: one of them loses its stream before', async () => {
    const { peer, proxied } = await start();
    const stalled = [await proxied(), await proxied()];
    for (const stream of stalled) await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(3_900)));
    expect(stalled.map((stream) => stream.destroyed)).toEqual([true, false]);
    const reading = (await proxied()).on('data', () => {});
    await turn();
    await peer.send((frames) => frames.data(reading.id, 0, Buffer.alloc(4_000)));
    expect([reading.destroyed, peer.session.isClosed]).toEqual([false, false]);
  });
});

describe('the session window, sending', () => {
  it('stops proxied streams together, to the byte, and each grant lets them go on in turn', async () => {
    const { peer, proxied } = await start();
    for (let index = 0; index < 3; index++) await proxied(3_900);
    expect(payloadOf(await peer.frames())).toBe(8_000);
    expect(await peer.frames()).toEqual([]);
    await peer.send((frames) => frames.windowIncrement(0, 5));
    expect(payloadOf(await peer.frames())).toBe(5);
    await peer.send((frames) => frames.windowIncrement(0, 10_000));
    expect(payloadOf(await peer.frames())).toBe(3 * 3_904 - 8_005);
  });

  it('does not stop what is urgent, nor streams from being opened', async () => {
    const { peer, proxied } = await start();
    for (let index = 0; index < 3; index++) await proxied(3_900);
    await peer.frames();
    const heartbeat = peer.session.open(streamTypes.heartbeat);
    heartbeat.write('beat');
    peer.session.open(streamTypes.proxy, Buffer.from('head')).write('waits');
    expect(await peer.lines()).toEqual([
      'DATA 8 SYN ffffffff',
      `DATA 10 SYN 00000003${Buffer.from('head').toString('hex')}`,
      `DATA 8 ${Buffer.from('beat').toString('hex')}`,
    ]);
    // What was sent without waiting has to be granted first.
    await peer.send((frames) => frames.windowIncrement(0, 16));
    expect(await peer.frames()).toEqual([]);
    await peer.send((frames) => frames.windowIncrement(0, 1));
    expect(payloadOf(await peer.frames())).toBe(1);
  });

  it('ends with code 3 for a peer that grants more than a window can be', async () => {
    const { peer } = await start();
    await peer.send((frames) => {
      frames.windowIncrement(0, 0x7fffffff - 8_000);
      frames.windowIncrement(0, 1);
    });
    expect((await peer.lines()).at(-1)).toMatch(/^GOAWAY code 3 /);
  });
});

describe('windows that grow', () => {
  const growing = { initialWindowBytes: 4_000, maxWindowBytes: 64_000, sessionWindowBytes: 1_000_000 };

  it('grants more than was read to a stream whose reader keeps up, and new streams start with it', async () => {
    const { peer, proxied } = await start({ ...growing, maxHeldBytes: 500_000 });
    for (let number = 1; number <= 4; number++) await peer.send((frames) => frames.ping(number, frameFlags.answer));
    const stream = (await proxied()).resume();
    await peer.frames();
    const granted: string[] = [];
    for (const bytes of [2_000, 2_000, 8_000, 8_000]) {
      await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(bytes)));
      granted.push(...(await peer.lines()));
    }
    // The first half of each window begins the look; with the second it becomes four times as large.
    expect(granted).toEqual(['WNDINC 2 2000', 'WNDINC 2 14000', 'WNDINC 2 8000', 'WNDINC 2 56000']);
    await proxied();
    expect(await peer.lines()).toEqual(['DATA 4 SYN 00000003', 'WNDINC 4 60000']);
  });

  it('[invariant: backpressure-end-to-end] does not grow for a reader that stalls, nor while others hold too much', async () => {
    const { peer, proxied } = await start({ ...growing, maxHeldBytes: 7_000 });
    for (let number = 1; number <= 4; number++) await peer.send((frames) => frames.ping(number, frameFlags.answer));
    const [stalled, reading] = [await proxied(), (await proxied()).resume()];
    await peer.frames();
    await peer.send((frames) => frames.data(stalled.id, 0, Buffer.alloc(4_000)));
    for (let index = 0; index < 4; index++) {
      await peer.send((frames) => frames.data(reading.id, 0, Buffer.alloc(2_000)));
    }
    expect(await peer.lines()).toEqual(Array(4).fill('WNDINC 4 2000'));
    peer.timer.advance(60_000);
    stalled.resume();
    expect((await peer.lines()).filter((line) => !line.startsWith('PING'))).toEqual(['WNDINC 2 4000']);
  });

  it('start with what the session has learned once, however often their head is acknowledged', async () => {
    const peer = new RawPeer('client', { ...profile, ...growing, maxHeldBytes: 500_000 });
    for (let number = 1; number <= 4; number++) await peer.send((frames) => frames.ping(number, frameFlags.answer));
    (await peer.open(2, streamTypes.proxy)).resume();
    for (const bytes of [2_000, 2_000]) await peer.send((frames) => frames.data(2, 0, Buffer.alloc(bytes)));
    const stream = await peer.open(4, streamTypes.proxy);
    await peer.frames();
    stream.acknowledge();
    stream.acknowledge();
    expect(await peer.lines()).toEqual(['WNDINC 4 4', 'WNDINC 4 12000']);
  });

  it('does not grow for calls', async () => {
    const { peer } = await start({ ...growing, maxHeldBytes: 500_000 });
    for (let number = 1; number <= 4; number++) await peer.send((frames) => frames.ping(number, frameFlags.answer));
    (await peer.open(3, streamTypes.bind)).resume();
    await peer.frames();
    for (let index = 0; index < 4; index++) {
      await peer.send((frames) => frames.data(3, 0, Buffer.alloc(2_000)));
    }
    const lines = await peer.lines();
    expect(lines.map((line) => Number(line.split(' ')[2])).reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(
      8_004,
    );
  });
});

import { finished, pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { errorCodes, frameFlags, streamTypes } from '../protocol.ts';
import { MuxStream } from './mux-stream.ts';
import { ngrokProfile } from './profiles.ts';
import { RawPeer, turn } from './raw-peer.testkit.ts';
import { StreamReset } from './stream-reset.ts';

const window = ngrokProfile.initialWindowBytes;

/** A server's session with one proxied stream open. */
async function proxied() {
  const peer = new RawPeer();
  const stream = peer.session.open(streamTypes.proxy);
  await peer.frames();
  return { peer, stream };
}

describe('MuxStream, sending', () => {
  it('sends what one turn writes in one frame after the first, FIN on the last', async () => {
    const { peer, stream } = await proxied();
    stream.write('a');
    stream.write('b');
    stream.end('c');
    expect(await peer.lines()).toEqual(['DATA 2 61', 'DATA 2 FIN 6263']);
  });

  it('sends an empty DATA+FIN when it ends later', async () => {
    const { peer, stream } = await proxied();
    stream.write('a');
    await turn();
    stream.end();
    expect(await peer.lines()).toEqual(['DATA 2 61', 'DATA 2 FIN']);
  });

  it('stops at the window to the byte and goes on with each grant', async () => {
    const { peer, stream } = await proxied();
    stream.end(Buffer.alloc(window + 10));
    const sent = async () =>
      (await peer.frames()).reduce((sum, frame) => sum + (frame.kind === 'data' ? frame.payload.length : 0), 0);
    let total = await sent();
    for (let round = 0; round < 5; round++) total += await sent();
    // The 4 type bytes count.
    expect(total).toBe(window - 4);
    await peer.send((frames) => frames.windowIncrement(2, 5));
    expect(await sent()).toBe(5);
    await peer.send((frames) => frames.windowIncrement(2, 1000));
    expect(await peer.lines()).toEqual([`DATA 2 FIN ${'00'.repeat(9)}`]);
  });

  it('tells how much the peer has consumed', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => {
      frames.windowIncrement(2, 4);
      frames.windowIncrement(2, 110);
    });
    expect(stream.peerConsumedBytes).toBe(114);
  });

  it('pushes back on its writer while the window is used up', async () => {
    const { peer, stream } = await proxied();
    stream.write(Buffer.alloc(window));
    await turn();
    expect(stream.write(Buffer.alloc(64 * 1024))).toBe(false);
    let isDrained = false;
    stream.once('drain', () => {
      isDrained = true;
    });
    await turn();
    expect(isDrained).toBe(false);
    await peer.send((frames) => frames.windowIncrement(2, window));
    await turn();
    expect(isDrained).toBe(true);
  });
});

describe('MuxStream, receiving', () => {
  it('grants nothing while nobody reads, and resets what exceeds the window with code 3', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => frames.data(2, 0, Buffer.alloc(window)));
    expect(await peer.lines()).toEqual([]);
    await peer.send((frames) => frames.data(2, 0, Buffer.alloc(1)));
    expect(await peer.lines()).toEqual(['RST 2 code 3']);
    expect(stream.errored).toMatchObject({ code: 9400 });
    expect(peer.session.isClosed).toBe(false);
  });

  it('grants what was read once half a window has come together, exactly and never zero', async () => {
    const { peer, stream } = await proxied();
    stream.resume();
    await peer.send((frames) => frames.data(2, 0, Buffer.alloc(window / 2 - 1)));
    expect(await peer.lines()).toEqual([]);
    await peer.send((frames) => frames.data(2, 0, Buffer.alloc(100)));
    expect(await peer.lines()).toEqual([`WNDINC 2 ${window / 2 + 99}`]);
    await peer.send((frames) => frames.data(2, 0, Buffer.alloc(window / 2)));
    expect(await peer.lines()).toEqual([`WNDINC 2 ${window / 2}`]);
  });

  it('counts as read what read() has given out, not what waits in the stream', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => {
      for (let index = 0; index < 16; index++) frames.data(2, 0, Buffer.alloc(window / 16));
    });
    stream.once('readable', () => {
      for (let index = 0; index < 7; index++) expect(stream.read(window / 16)).toHaveLength(window / 16);
    });
    expect(await peer.lines()).toEqual([]);
    stream.read(window / 16);
    expect(await peer.lines()).toEqual([`WNDINC 2 ${window / 2}`]);
  });

  it('acknowledge() grants at once what was read, once', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => frames.data(2, 0, Buffer.from('head and body')));
    stream.acknowledge();
    expect(await peer.lines()).toEqual([]);
    stream.read(4);
    stream.acknowledge();
    stream.acknowledge();
    expect(await peer.lines()).toEqual(['WNDINC 2 4']);
  });

  it('does not grant by itself after the peer has ended its half, but acknowledges', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => frames.data(2, frameFlags.fin, Buffer.alloc(window)));
    stream.resume();
    expect(await peer.lines()).toEqual([]);
    expect(stream.readableEnded).toBe(true);
    stream.acknowledge();
    expect(await peer.lines()).toEqual([`WNDINC 2 ${window}`]);
  });

  it('joins small pieces that wait, so that they cost what they hold', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => {
      for (let index = 0; index < 20_000; index++) frames.data(2, 0, Buffer.from([index % 251]));
    });
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    await turn();
    expect(pieces.length).toBeLessThan(10);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251)));
  });

  it.each<[what: string, wait: (stream: MuxStream) => unknown]>([
    ['waits for more', (stream) => stream.on('readable', () => {})],
    ['has paused', (stream) => stream.resume().once('data', () => stream.pause())],
  ])('keeps no large chunk alive for the first byte of it while its reader %s', async (_what, wait) => {
    const { peer, stream } = await proxied();
    wait(stream);
    await peer.send((frames) => frames.data(2, 0, Buffer.from('a')));
    while (stream.read() !== null);
    await peer.send((frames) => {
      frames.data(2, 0, Buffer.from('b'));
      frames.data(99, 0, Buffer.alloc(200_000));
    });
    const piece = stream.read() as Buffer;
    expect([String(piece), piece.buffer.byteLength]).toEqual(['b', 1]);
  });
});

describe('MuxStream, prepared', () => {
  const prepared = (peer: RawPeer) => peer.session.prepare(streamTypes.proxy, MuxStream);

  it('is not on the wire and counts nowhere until it is opened', async () => {
    const peer = new RawPeer();
    const stream = prepared(peer);
    stream.acknowledge();
    expect(await peer.lines()).toEqual([]);
    expect([stream.id, peer.session.openStreamCount]).toEqual([0, 0]);
    stream.open(Buffer.from('head'));
    expect(await peer.lines()).toEqual(['DATA 2 SYN 0000000368656164']);
    expect([stream.id, peer.session.openStreamCount]).toEqual([2, 1]);
    expect(() => stream.open(Buffer.alloc(0))).toThrow(TypeError);
  });

  it('takes what is written, with backpressure, and sends it in order behind its head', async () => {
    const peer = new RawPeer();
    const stream = prepared(peer);
    stream.write('a');
    expect(stream.write(Buffer.alloc(100_000))).toBe(false);
    await turn();
    stream.open(Buffer.alloc(0));
    stream.end('z');
    const sent = (await peer.frames()).map((frame) => frame.kind === 'data' && [frame.flags, frame.payload.length]);
    expect(sent.slice(0, 2)).toEqual([
      [frameFlags.syn, 4],
      [0, 1],
    ]);
    expect(sent.at(-1)).toEqual([frameFlags.fin, 100_001 - 6 * 16 * 1024]);
  });

  it('may be ended before it is opened', async () => {
    const peer = new RawPeer();
    const stream = prepared(peer);
    stream.end();
    await turn();
    expect(await peer.lines()).toEqual([]);
    stream.open(Buffer.alloc(0));
    expect(await peer.lines()).toEqual(['DATA 2 SYN 00000003', 'DATA 2 FIN']);
    await peer.send((frames) => frames.data(2, frameFlags.fin, Buffer.from('answer')));
    expect(String(stream.read())).toBe('answer');
  });

  it('may be destroyed before it is opened, and says nothing', async () => {
    const peer = new RawPeer();
    const stream = prepared(peer);
    const written = new Promise((resolve) => stream.write('late', resolve));
    stream.destroy();
    expect(await written).toBeInstanceOf(Error);
    expect(() => stream.open(Buffer.alloc(0))).toThrow(TypeError);
    expect(await peer.lines()).toEqual([]);
  });

  it('stays as it was when it cannot be opened', async () => {
    const peer = new RawPeer('server', { ...ngrokProfile, maxServerStreams: 1 });
    const first = peer.session.open(streamTypes.proxy);
    const stream = prepared(peer);
    stream.write('kept');
    expect(() => stream.open(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 3210 }));
    first.destroy();
    await peer.frames();
    stream.open(Buffer.alloc(0));
    expect(await peer.lines()).toEqual(['DATA 4 SYN 00000003', 'DATA 4 6b657074']);
    peer.session.destroy();
    expect(() => prepared(peer).open(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 3200 }));
  });

  it('is of the class that was asked for', () => {
    class Mine extends MuxStream {
      readonly note = 'mine';
    }
    expect(new RawPeer().session.prepare(streamTypes.proxy, Mine).note).toBe('mine');
  });
});

describe('MuxStream, ends', () => {
  it('ends its halves one by one and is over after both', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => frames.fin(2));
    stream.resume();
    await turn();
    expect([stream.readableEnded, stream.destroyed, peer.session.openStreamCount]).toEqual([true, false, 1]);
    stream.end('more');
    expect(await peer.lines()).toEqual(['DATA 2 FIN 6d6f7265']);
    expect([stream.destroyed, stream.errored, peer.session.openStreamCount]).toEqual([true, null, 0]);
  });

  it.each([
    { how: 'abort()', end: 'abort' },
    { how: 'destroy()', end: 'destroy' },
  ] as const)('$how sends an empty DATA+FIN, then RST 6, and nothing of what waited', async ({ end }) => {
    const { peer, stream } = await proxied();
    const written = new Promise((resolve) => stream.write('late', resolve));
    stream[end]();
    expect(await written).toBeInstanceOf(Error);
    expect(await peer.lines()).toEqual(['DATA 2 FIN', 'RST 2 code 6']);
    expect(peer.session.openStreamCount).toBe(0);
  });

  it('abort() sends RST only when FIN has gone before, and nothing when both halves have ended', async () => {
    const { peer, stream } = await proxied();
    stream.end();
    expect(await peer.lines()).toEqual(['DATA 2 FIN']);
    stream.abort();
    expect(await peer.lines()).toEqual(['RST 2 code 6']);
    const other = peer.session.open(streamTypes.proxy);
    await peer.send((frames) => frames.fin(other.id));
    other.abort();
    expect(await peer.lines()).toEqual(['DATA 4 SYN 00000003', 'DATA 4 FIN']);
  });

  it('abort() of a heartbeat sends RST only', async () => {
    const peer = new RawPeer();
    peer.session.open(streamTypes.heartbeat).abort();
    expect(await peer.lines()).toEqual(['DATA 2 SYN ffffffff', 'RST 2 code 6']);
  });

  it('reset() sends RST with its code and ends without error', async () => {
    const { peer, stream } = await proxied();
    stream.reset(errorCodes.upstreamRefused);
    expect(await peer.lines()).toEqual(['RST 2 code 32']);
    expect([stream.destroyed, stream.errored]).toEqual([true, null]);
  });

  it('fails with StreamReset on RST, at once, and answers nothing', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => {
      frames.data(2, 0, Buffer.from('lost'));
      frames.reset(2, 0x21);
    });
    expect(await peer.lines()).toEqual([]);
    expect(stream.errored).toBeInstanceOf(StreamReset);
    expect(stream.errored).toMatchObject({ resetCode: 0x21 });
  });

  it('can be read to its end when RST follows FIN; writes go nowhere meanwhile', async () => {
    const { peer, stream } = await proxied();
    await peer.send((frames) => {
      frames.data(2, frameFlags.fin, Buffer.from('413 Content Too Large'));
      frames.reset(2, errorCodes.streamClosed);
    });
    await new Promise((resolve) => stream.write('upload', resolve));
    expect(String(stream.read())).toBe('413 Content Too Large');
    await expect(finished(stream)).rejects.toBeInstanceOf(StreamReset);
    expect(await peer.lines()).toEqual([]);
  });

  it('endAndDrain() aborts after 10 s when the peer does not end its half, and not when it does', async () => {
    const { peer, stream } = await proxied();
    const other = peer.session.open(streamTypes.proxy);
    stream.endAndDrain();
    other.endAndDrain();
    await peer.frames();
    await peer.send((frames) => frames.data(other.id, frameFlags.fin, Buffer.from('dropped')));
    peer.timer.advance(9_999);
    expect(await peer.lines()).toEqual([]);
    peer.timer.advance(1);
    expect(await peer.lines()).toEqual(['RST 2 code 6']);
    expect(peer.timer.size).toBe(0);
  });

  it('fails a pipeline when the session ends in the middle', async () => {
    const { peer, stream } = await proxied();
    const sink = peer.session.open(streamTypes.proxy);
    const running = pipeline(stream, sink);
    peer.session.goAway(errorCodes.noError, '');
    await expect(running).rejects.toMatchObject({ code: 9005 });
  });
});

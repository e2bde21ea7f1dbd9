import { AditError } from '@adit/contracts';
import { describe, expect, it } from 'vitest';
import { errorCodes, frameFlags, streamTypes } from '../protocol.ts';
import { ngrokProfile } from './profiles.ts';
import { RawPeer, turn } from './raw-peer.testkit.ts';
import { StreamReset } from './stream-reset.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const openAuth = '00 00 04 12 00 00 00 03 00 00 00 00';
const window = ngrokProfile.initialWindowBytes;

describe('MuxSession.open()', () => {
  it.each([
    { role: 'server', ids: [2, 4, 6] },
    { role: 'client', ids: [3, 5, 7] },
  ] as const)('counts the ids of a $role by two from the first', async ({ role, ids }) => {
    const peer = new RawPeer(role);
    expect([0, 1, 2].map(() => peer.session.open(streamTypes.heartbeat).id)).toEqual(ids);
    expect(await peer.lines()).toEqual(ids.map((id) => `DATA ${id} SYN ffffffff`));
  });

  it('sends type and first payload in one frame', async () => {
    const peer = new RawPeer();
    const stream = peer.session.open(streamTypes.proxy, Buffer.from('head'));
    stream.write('body');
    expect(await peer.lines()).toEqual(['DATA 2 SYN 0000000368656164', 'DATA 2 626f6479']);
  });

  it('sends SYN frames in the order of the ids, also when an urgent stream follows a proxied one', async () => {
    const peer = new RawPeer();
    peer.session.open(streamTypes.proxy).write('bulk');
    peer.session.open(streamTypes.stop).write('{}');
    expect(await peer.lines()).toEqual([
      'DATA 2 SYN 00000003',
      'DATA 4 SYN 00000005',
      'DATA 4 7b7d',
      'DATA 2 62756c6b',
    ]);
  });

  it('refuses with 3200 after the session has ended', () => {
    const peer = new RawPeer();
    peer.session.goAway(errorCodes.noError, 'bye');
    expect(() => peer.session.open(streamTypes.proxy)).toThrow(expect.objectContaining({ code: 3200 }));
  });

  it('refuses the 481st proxied stream with 3210, keeps room for commands, and takes the next when one has ended', () => {
    const peer = new RawPeer();
    const streams = Array.from({ length: 480 }, () => peer.session.open(streamTypes.proxy));
    expect(() => peer.session.open(streamTypes.proxy)).toThrow(expect.objectContaining({ code: 3210 }));
    expect(peer.session.open(streamTypes.stop).id).toBe(962);
    for (const stream of streams.slice(0, 2)) stream.abort();
    peer.session.open(streamTypes.proxy);
    expect(peer.session.openStreamCount).toBe(480);
  });

  it('ends the session with code 12 when all ids are used, so that the peer dials again', async () => {
    const peer = new RawPeer('server', { ...ngrokProfile, maxStreamId: 4 });
    const streams = [peer.session.open(streamTypes.proxy), peer.session.open(streamTypes.proxy)];
    streams[0]?.reset(errorCodes.noError);
    expect(() => peer.session.open(streamTypes.proxy)).toThrow(expect.objectContaining({ code: 3200 }));
    expect((await peer.lines()).at(-1)).toBe('GOAWAY code 12 "all stream ids are used"');
    expect([streams[1]?.errored, ...peer.closes]).toEqual(Array(2).fill(expect.objectContaining({ code: 9005 })));
  });

  it('refuses a first payload that does not fit one frame', () => {
    const peer = new RawPeer();
    expect(() => peer.session.open(streamTypes.proxy, Buffer.alloc(16 * 1024))).toThrow(RangeError);
    expect(peer.session.openStreamCount).toBe(0);
  });
});

describe('MuxSession, streams of the peer', () => {
  it.each([
    { how: 'in the frame that opens it', pieces: ['00 00 06 12 00 00 00 03 00 00 00 01 7b 7d'] },
    {
      how: 'in pieces, after an empty SYN',
      pieces: ['00 00 00 12 00 00 00 03', '00 00 01 10 00 00 00 03 00', '00 00 05 10 00 00 00 03 00 00', '01 7b 7d'],
    },
  ])('announces a stream when its type has come $how', async ({ pieces }) => {
    const peer = new RawPeer();
    for (const piece of pieces) await peer.sendBytes(bytes(piece));
    expect(peer.streams.map((stream) => [stream.id, stream.type])).toEqual([[3, streamTypes.bind]]);
    expect(String(peer.streams[0]?.read())).toBe('{}');
  });

  it.each([
    { how: 'FIN', frame: '00 00 02 13 00 00 00 03 00 00', answer: ['DATA 3 FIN'] },
    { how: 'RST', frame: '00 00 02 12 00 00 00 03 00 00 00 00 04 00 00 00 00 03 00 00 00 06', answer: [] },
  ])('drops a stream that ends with $how before its type', async ({ frame, answer }) => {
    const peer = new RawPeer();
    await peer.sendBytes(bytes(frame));
    expect(await peer.lines()).toEqual(answer);
    expect([peer.streams.length, peer.session.openStreamCount, peer.session.isClosed]).toEqual([0, 0, false]);
  });

  it('refuses one stream too many with code 5, and its later data with code 4', async () => {
    const peer = new RawPeer('server', { ...ngrokProfile, maxClientStreams: 1 });
    await peer.open(3, streamTypes.auth);
    await peer.send((frames) => {
      frames.data(5, frameFlags.syn, bytes('00000001'));
      frames.data(5, 0, bytes('7b7d'));
    });
    expect(await peer.lines()).toEqual(['RST 5 code 5', 'RST 5 code 4']);
    expect(peer.session.isClosed).toBe(false);
  });

  it.each([
    { what: 'data for an unknown stream with RST 4', send: '00 00 01 10 00 00 00 09 aa', answer: ['RST 9 code 4'] },
    { what: 'an empty DATA for one with RST 4', send: '00 00 00 10 00 00 00 09', answer: ['RST 9 code 4'] },
    { what: 'an empty DATA+FIN for one with nothing', send: '00 00 00 11 00 00 00 09', answer: [] },
    { what: 'RST for one with nothing', send: '00 00 04 00 00 00 00 09 00 00 00 01', answer: [] },
    { what: 'WNDINC for one with nothing', send: '00 00 04 20 00 00 00 09 00 00 00 01', answer: [] },
    { what: 'a WNDINC of 0 with nothing', send: `${openAuth} 00 00 04 20 00 00 00 03 00 00 00 00`, answer: [] },
    {
      what: 'a WNDINC beyond any window with RST 3',
      send: `${openAuth} 00 00 04 20 00 00 00 03 7f ff ff ff`,
      answer: ['RST 3 code 3'],
    },
    {
      what: 'data after FIN with RST 4',
      send: `${openAuth} 00 00 00 11 00 00 00 03 00 00 01 10 00 00 00 03 aa`,
      answer: ['RST 3 code 4'],
    },
  ])('answers $what and lives on', async ({ send, answer }) => {
    const peer = new RawPeer();
    await peer.sendBytes(bytes(send));
    expect(await peer.lines()).toEqual(answer);
    expect(peer.session.isClosed).toBe(false);
  });

  it.each([
    { what: 'an unknown frame type', send: '00 00 00 40 00 00 00 03', why: 'unknown frame type 4' },
    { what: 'data on stream 0', send: '00 00 01 10 00 00 00 00 aa', why: 'frame of type 1 on stream 0' },
    { what: 'an id of the wrong parity', send: '00 00 04 12 00 00 00 02 00 00 00 00', why: 'cannot open stream 2' },
    { what: 'an id that is open already', send: `${openAuth} ${openAuth}`, why: 'cannot open stream 3' },
    { what: 'a RST of 5 bytes', send: '00 00 05 00 00 00 00 03 00 00 00 00 00', why: 'body of 5 bytes, not 4' },
    { what: 'a huge frame', send: 'ff ff ff 10 00 00 00 03', why: 'body of 16777215 bytes, over 1048576' },
  ])('ends the session with GOAWAY 1 on $what', async ({ send, why }) => {
    const peer = new RawPeer();
    await peer.sendBytes(bytes(send));
    expect(await peer.lines()).toEqual([`GOAWAY code 1 ${JSON.stringify(why)}`]);
    expect(peer.closes).toEqual([expect.objectContaining({ code: 9400 })]);
    expect(peer.isTransportEnded).toBe(true);
  });
});

describe('MuxSession, ends', () => {
  it('goAway() sends what calls still say, then GOAWAY with the last id of the peer, then nothing', async () => {
    const peer = new RawPeer();
    const call = await peer.open(7, streamTypes.auth);
    const bulk = peer.session.open(streamTypes.proxy);
    await peer.frames();
    call.write('{"Error":"no"}');
    call.end();
    bulk.write('bulk');
    peer.session.goAway(errorCodes.noError, 'shutting down');
    bulk.write('late');
    const sent = peer.transport.written.at(-1)?.subarray(-8 - 8 - 13);
    expect(await peer.lines()).toEqual([
      `DATA 7 FIN ${Buffer.from('{"Error":"no"}').toString('hex')}`,
      'GOAWAY code 0 "shutting down"',
    ]);
    expect(sent?.readUInt32BE(8)).toBe(7);
    expect(peer.closes).toEqual([null]);
    expect(peer.isTransportEnded).toBe(true);
  });

  it('gives its streams 9005 when it ends', async () => {
    const peer = new RawPeer();
    const errors: unknown[] = [];
    peer.session.open(streamTypes.proxy).on('error', (error) => errors.push(error));
    peer.session.open(streamTypes.proxy); // Nobody listens for its error, which must not end the process.
    peer.session.goAway(errorCodes.noError, '');
    await turn();
    expect(errors).toEqual([expect.objectContaining({ code: 9005 })]);
    expect(peer.session.openStreamCount).toBe(0);
  });

  it.each([
    { what: 'a GOAWAY of code 0', send: '00 00 10 30 00000000 00000000 00000000 6e6f206572726f72', error: null },
    { what: "the Rust client's GOAWAY", send: '00 00 01 30 00000000 00000002 00000001 72', error: 9400 },
    { what: 'an empty GOAWAY', send: '00 00 00 30 00 00 00 00', error: null },
    { what: 'a GOAWAY on a stream', send: '00 00 08 30 00000005 00000000 00000002', error: 9400 },
  ])('stops reading at $what and ends the transport', async ({ send, error }) => {
    const peer = new RawPeer();
    await peer.sendBytes(bytes(send));
    await peer.sendBytes(bytes(openAuth));
    expect(await peer.lines()).toEqual([]);
    expect(peer.streams).toEqual([]);
    expect(peer.closes).toEqual([error === null ? null : expect.objectContaining({ code: error })]);
    expect(peer.isTransportEnded).toBe(true);
  });

  it('closes cleanly when the transport ends, and with 9005 when it fails', async () => {
    const ended = new RawPeer();
    ended.end();
    const failed = new RawPeer();
    failed.transport.destroy(new Error('ECONNRESET'));
    await turn();
    expect(ended.closes).toEqual([null]);
    expect(failed.closes).toEqual([expect.objectContaining({ code: 9005 })]);
  });

  it('destroy() ends at once and tells once', async () => {
    const peer = new RawPeer();
    const reason = new AditError(300);
    const stream = peer.session.open(streamTypes.proxy);
    peer.session.destroy(reason);
    peer.session.destroy(reason);
    await turn();
    expect(peer.closes).toEqual([reason]);
    expect([stream.destroyed, stream.errored, peer.transport.destroyed]).toEqual([
      true,
      expect.objectContaining({ code: 9005 }),
      true,
    ]);
  });

  it('destroys a transport that the peer does not close within 5 s', async () => {
    const peer = new RawPeer();
    peer.keepOpen();
    peer.session.goAway(errorCodes.noError, '');
    await turn();
    peer.timer.advance(4_999);
    expect(peer.transport.destroyed).toBe(false);
    peer.timer.advance(1);
    expect(peer.transport.destroyed).toBe(true);
  });

  it('leaves no timer behind', async () => {
    const peer = new RawPeer();
    peer.session.goAway(errorCodes.noError, '');
    peer.end();
    await turn();
    expect(peer.timer.size).toBe(0);
  });

  it('lets a stream whose peer has ended be read to its end, then fails it', async () => {
    const peer = new RawPeer();
    const stream = peer.session.open(streamTypes.auth);
    await peer.send((frames) => {
      frames.data(2, frameFlags.fin, Buffer.from('{"Error":"no"}'));
      frames.goAway(0, 0, '');
    });
    expect(peer.session.isClosed).toBe(true);
    expect(String(stream.read())).toBe('{"Error":"no"}');
    stream.resume();
    await turn();
    expect([stream.readableEnded, stream.errored]).toEqual([true, expect.objectContaining({ code: 9005 })]);
  });
});

describe('MuxSession, cost', () => {
  it('[invariant: backpressure-end-to-end] drops the fullest proxied stream, with code 10, when unread bytes exceed the bound', async () => {
    const peer = new RawPeer('server', { ...ngrokProfile, maxHeldBytes: 3000 });
    const [small, big] = [peer.session.open(streamTypes.proxy), peer.session.open(streamTypes.proxy)];
    const call = await peer.open(3, streamTypes.bind);
    await peer.frames();
    await peer.send((frames) => {
      frames.data(small.id, 0, Buffer.alloc(500));
      frames.data(call.id, 0, Buffer.alloc(1500));
      frames.data(big.id, 0, Buffer.alloc(900));
    });
    expect(await peer.lines()).toEqual([]);
    await peer.send((frames) => frames.data(small.id, 0, Buffer.alloc(200)));
    expect(await peer.lines()).toEqual([`RST ${big.id} code 10`]);
    expect([small.destroyed, big.destroyed, call.destroyed]).toEqual([false, true, false]);
    await peer.send((frames) => frames.data(small.id, 0, Buffer.alloc(700)));
    expect(small.destroyed).toBe(false);
  });

  it('takes nothing from its streams while the peer does not read', async () => {
    const peer = new RawPeer();
    peer.stopReading();
    const streams = Array.from({ length: 8 }, () => peer.session.open(streamTypes.proxy));
    await turn();
    for (const stream of streams) stream.write(Buffer.alloc(window - 4));
    await turn();
    const inTransport =
      peer.transport.writableLength + peer.transport.written.reduce((sum, part) => sum + part.length, 0);
    expect(inTransport).toBeLessThan(600 * 1024);
    peer.resumeReading();
    const frames = await peer.frames();
    for (let round = 0; round < 20; round++) frames.push(...(await peer.frames()));
    const payload = frames.reduce((sum, frame) => sum + (frame.kind === 'data' ? frame.payload.length : 0), 0);
    expect(payload).toBe(8 * window);
  });

  it('gives up a peer that makes it answer and does not read', async () => {
    const peer = new RawPeer();
    peer.stopReading();
    for (let round = 0; round < 20 && !peer.session.isClosed; round++) {
      await peer.send((frames) => {
        for (let index = 0; index < 10_000; index++) frames.data(9, 0, Buffer.alloc(1));
      });
    }
    expect(peer.closes).toEqual([expect.objectContaining({ code: 9400 })]);
  });

  it('ends with code 10 for a client that opens and resets streams faster than it may', async () => {
    const peer = new RawPeer();
    const { clientStreamBurst: burst, clientStreamsPerSecond: perSecond } = ngrokProfile;
    const churn = (count: number) =>
      peer.send((frames) => {
        for (let left = count; left > 0; left--) {
          frames.data(3, frameFlags.syn, bytes('00 00 00 08'));
          frames.reset(3, errorCodes.streamCancelled);
        }
      });
    await churn(burst);
    peer.timer.advance(1_000);
    await churn(perSecond);
    expect(peer.session.isClosed).toBe(false);
    await churn(3);
    expect((await peer.lines()).at(-1)).toMatch(/^GOAWAY code 10 /);
    expect(peer.closes[0]?.code).toBe(9400);
    expect(peer.streams).toHaveLength(burst + perSecond);
  });

  it('lets a server open as many streams in a row as it needs', async () => {
    const peer = new RawPeer('client');
    await peer.send((frames) => {
      for (let id = 2; id <= 4 * ngrokProfile.clientStreamBurst; id += 2) {
        frames.data(id, frameFlags.syn, bytes('00 00 00 03'));
        frames.reset(id, errorCodes.streamCancelled);
      }
    });
    expect(peer.session.isClosed).toBe(false);
  });

  it('lets streams that wait take turns, and a heartbeat pass them', async () => {
    const peer = new RawPeer();
    const [one, two] = [peer.session.open(streamTypes.proxy), peer.session.open(streamTypes.proxy)];
    const heartbeat = peer.session.open(streamTypes.heartbeat);
    await peer.frames();
    one.write(Buffer.alloc(40 * 1024));
    two.write(Buffer.alloc(20 * 1024));
    heartbeat.write('beat');
    const order = (await peer.frames()).map((frame) => frame.kind === 'data' && [frame.streamId, frame.payload.length]);
    const grain = ngrokProfile.maxSendFrameBytes;
    expect(order).toEqual([
      [heartbeat.id, 4],
      [one.id, grain],
      [two.id, grain],
      [one.id, grain],
      [two.id, 20 * 1024 - grain],
      [one.id, 40 * 1024 - 2 * grain],
    ]);
  });

  it('sends the frames of one turn in one write', async () => {
    const peer = new RawPeer();
    for (let index = 0; index < 50; index++) peer.session.open(streamTypes.proxy).write('answer');
    await turn();
    expect(peer.transport.written.length).toBe(1);
  });
});

it('StreamReset tells the code', () => {
  expect(new StreamReset(errorCodes.upstreamRefused).resetCode).toBe(0x20);
});

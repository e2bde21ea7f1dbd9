import { describe, expect, it } from 'vitest';
import { RawPeer, turn } from '../mux/raw-peer.testkit.ts';
import { errorCodes, frameFlags, streamTypes } from '../protocol.ts';
import { call, readMessage, reply } from './rpc.ts';
import { SessionPair } from './session-pair.testkit.ts';

describe('readMessage()', () => {
  it.each([
    { how: 'without FIN', pieces: ['{"Id":"b"}'] },
    { how: 'with a newline behind it', pieces: ['{"Id":"b"}\n'] },
    { how: 'byte by byte', pieces: '{"Id":"b"}'.split('') },
  ])('reads a request $how', async ({ pieces }) => {
    const peer = new RawPeer();
    const reading = readMessage(await peer.open(3, streamTypes.unbind));
    for (const piece of pieces) await peer.send((frames) => frames.data(3, 0, Buffer.from(piece)));
    expect(await reading).toEqual({ Id: 'b' });
  });

  it('reads text in UTF-8 that is cut inside a character', async () => {
    const peer = new RawPeer();
    const reading = readMessage(await peer.open(3, streamTypes.auth));
    const bytes = Buffer.from('{"Id":"€"}');
    await peer.send((frames) => {
      frames.data(3, 0, bytes.subarray(0, 8));
      frames.data(3, frameFlags.fin, bytes.subarray(8));
    });
    expect(await reading).toEqual({ Id: '€' });
  });

  it('reads a message of 1 MiB, granting window as it goes', async () => {
    const pair = new SessionPair();
    const text = 'x'.repeat(1024 * 1024 - 10);
    const received = new Promise<unknown>((resolve, reject) => {
      pair.onServerStream = (stream) => void readMessage(stream).then(resolve, reject);
    });
    pair.client.open(streamTypes.bind).write(JSON.stringify({ Id: text }));
    expect(await received).toEqual({ Id: text });
  });

  it.each([
    { what: 'a list', send: '[1]', error: 'not a JSON object' },
    { what: 'too many bytes', send: `{"a":"${'x'.repeat(100)}`, error: 'larger than 64 bytes' },
    { what: 'broken JSON', send: '{"secret":hunter2}', error: 'not valid JSON' },
    { what: 'a nested bomb', send: `{"a":${'['.repeat(40)}`, error: 'nested deeper than 32' },
  ])('refuses $what with 9400 and without quoting it', async ({ send, error }) => {
    const peer = new RawPeer();
    const reading = readMessage(await peer.open(3, streamTypes.auth), { maxBytes: 64 });
    const failure = expect(reading).rejects.toMatchObject({
      code: 9400,
      message: `Cannot read the message: ${error}`,
    });
    await peer.send((frames) => frames.data(3, 0, Buffer.from(send)));
    await failure;
  });

  it('gives up when it is told to, with its reason, and leaves the stream alone', async () => {
    const peer = new RawPeer();
    const stream = await peer.open(3, streamTypes.bind);
    const late = new AbortController();
    const reading = readMessage(stream, { signal: late.signal });
    await peer.send((frames) => frames.data(3, 0, Buffer.from('{"Id":"')));
    late.abort(new RangeError('late'));
    await expect(reading).rejects.toThrow('late');
    expect(stream.listenerCount('readable')).toBe(0);
  });

  it.each([
    { what: 'its end', frame: (peer: RawPeer) => peer.send((frames) => frames.fin(3)) },
    { what: 'a reset', frame: (peer: RawPeer) => peer.send((frames) => frames.reset(3, 6)) },
    { what: "the session's end", frame: async (peer: RawPeer) => peer.session.destroy() },
  ])('fails with 9005 on $what in the middle', async ({ frame }) => {
    const peer = new RawPeer();
    const reading = readMessage(await peer.open(3, streamTypes.auth));
    const failure = expect(reading).rejects.toMatchObject({ code: 9005 });
    await peer.send((frames) => frames.data(3, 0, Buffer.from('{"Vers')));
    await frame(peer);
    await failure;
  });
});

describe('reply()', () => {
  it('sends one object with FIN in one frame, drops what still comes, and is over when the peer ends', async () => {
    const peer = new RawPeer();
    const stream = await peer.open(3, streamTypes.unbind);
    const reading = readMessage(stream);
    await peer.send((frames) => frames.data(3, 0, Buffer.from('{}')));
    await reading;
    reply(stream, {});
    expect(await peer.lines()).toEqual(['DATA 3 FIN 7b7d']);
    await peer.send((frames) => frames.data(3, frameFlags.fin, Buffer.from('\n')));
    expect([stream.destroyed, peer.session.openStreamCount, peer.timer.size]).toEqual([true, 0, 0]);
  });

  it('does not mind a stream that is gone', async () => {
    const peer = new RawPeer();
    const stream = await peer.open(3, streamTypes.unbind);
    await peer.send((frames) => frames.reset(3, 6));
    reply(stream, {});
    await turn();
    expect([await peer.lines(), peer.timer.size]).toEqual([[], 0]);
  });
});

describe('call()', () => {
  const options = { timeoutMs: 5000 };

  it('sends type and request without FIN, answers the reply, then ends its side', async () => {
    const peer = new RawPeer('client');
    const answer = call(peer.session, { type: streamTypes.unbind, body: { Id: 'b' } }, options);
    expect(await peer.lines()).toEqual(['DATA 3 SYN 00000002', `DATA 3 ${Buffer.from('{"Id":"b"}').toString('hex')}`]);
    await peer.send((frames) => frames.data(3, frameFlags.fin, Buffer.from('{"Error":""}')));
    expect(await answer).toEqual({ Error: '' });
    expect(await peer.lines()).toEqual(['DATA 3 FIN']);
    expect([peer.session.openStreamCount, peer.timer.size]).toEqual([0, 0]);
  });

  it('takes the reply when it is complete, and aborts an answerer that never ends its side', async () => {
    const peer = new RawPeer();
    const answer = call(peer.session, { type: streamTypes.stop, body: {} }, options);
    await peer.frames();
    await peer.send((frames) => frames.data(2, 0, Buffer.from('{}\n')));
    expect(await answer).toEqual({});
    expect(await peer.lines()).toEqual(['DATA 2 FIN']);
    peer.timer.advance(10_000);
    expect(await peer.lines()).toEqual(['RST 2 code 6']);
  });

  it('fails with 9001 when no reply comes in time', async () => {
    const peer = new RawPeer('client');
    const failure = expect(call(peer.session, { type: streamTypes.bind, body: {} }, options)).rejects.toMatchObject({
      code: 9001,
    });
    await peer.frames();
    peer.timer.advance(5000);
    await failure;
    expect(await peer.lines()).toEqual(['DATA 3 FIN', 'RST 3 code 6']);
  });

  it('fails with 9005 when the session ends, but not when the reply came before', async () => {
    const peer = new RawPeer('client');
    const [first, second] = [
      call(peer.session, { type: streamTypes.auth, body: {} }, options),
      call(peer.session, { type: streamTypes.bind, body: {} }, options),
    ];
    const failure = expect(second).rejects.toMatchObject({ code: 9005 });
    await peer.send((frames) => {
      frames.data(3, frameFlags.fin, Buffer.from('{"Error":"no"}'));
      frames.goAway(0, errorCodes.noError, '');
    });
    expect(await first).toEqual({ Error: 'no' });
    await failure;
  });
});

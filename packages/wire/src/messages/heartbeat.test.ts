import { describe, expect, it } from 'vitest';
import { RawPeer, turn } from '../mux/raw-peer.testkit.ts';
import { frameFlags, streamTypes } from '../protocol.ts';
import { answerHeartbeat, probe, startHeartbeat } from './heartbeat.ts';

const heartbeat = streamTypes.heartbeat;

describe('answerHeartbeat()', () => {
  async function answered() {
    const peer = new RawPeer();
    let beats = 0;
    answerHeartbeat(await peer.open(3, heartbeat), () => beats++);
    return { peer, beats: () => beats };
  }

  it('echoes each beat in one frame and tells it, also when it came in pieces', async () => {
    const { peer, beats } = await answered();
    await peer.send((frames) => frames.data(3, 0, Buffer.from('470a3089', 'hex')));
    await peer.send((frames) => frames.data(3, 0, Buffer.from('470a', 'hex')));
    expect(beats()).toBe(1);
    await peer.send((frames) => frames.data(3, 0, Buffer.from('308a', 'hex')));
    expect(beats()).toBe(2);
    expect(await peer.lines()).toEqual(['DATA 3 470a3089', 'DATA 3 470a308a']);
  });

  it('ends with the peer', async () => {
    const { peer } = await answered();
    await peer.send((frames) => frames.fin(3));
    expect(await peer.lines()).toEqual(['DATA 3 FIN']);
    expect(peer.session.openStreamCount).toBe(0);
  });

  it('resets a peer that beats and does not read', async () => {
    const { peer } = await answered();
    peer.stopReading();
    for (let round = 0; round < 8; round++) {
      await peer.send((frames) => frames.data(3, 0, Buffer.alloc(100_000)));
    }
    expect(peer.session.openStreamCount).toBe(0);
  });
});

describe('startHeartbeat()', () => {
  function started(role: 'client' | 'server' = 'client') {
    const peer = new RawPeer(role);
    const events: (number | 'lost')[] = [];
    const stop = startHeartbeat(peer.session, {
      intervalMs: 10_000,
      toleranceMs: 15_000,
      timer: peer.timer,
      onBeat: (roundTripMs) => events.push(roundTripMs),
      onLost: () => events.push('lost'),
    });
    return { peer, events, stop };
  }

  it('beats at once, then an interval after each echo, and tells the round trip', async () => {
    const { peer, events } = started();
    expect(await peer.lines()).toEqual(['DATA 3 SYN ffffffff', 'DATA 3 00000001']);
    peer.timer.advance(40);
    await peer.send((frames) => frames.data(3, 0, Buffer.from('00000001', 'hex')));
    expect(events).toEqual([40]);
    peer.timer.advance(9_999);
    expect(await peer.lines()).toEqual([]);
    peer.timer.advance(1);
    expect(await peer.lines()).toEqual(['DATA 3 00000002']);
  });

  it('waits for the echo before it beats again, and is lost after interval + tolerance', async () => {
    const { peer, events } = started();
    await peer.frames();
    peer.timer.advance(24_999);
    await turn();
    expect(events).toEqual([]);
    peer.timer.advance(1);
    await turn();
    expect(events).toEqual(['lost']);
    expect(await peer.lines()).toEqual(['RST 3 code 6']);
    expect(peer.timer.size).toBe(0);
  });

  it('counts interval + tolerance anew from each echo', async () => {
    const { peer, events } = started();
    await peer.send((frames) => frames.data(3, 0, Buffer.from('00000001', 'hex')));
    peer.timer.advance(24_999);
    await turn();
    expect(events).toEqual([0]);
    peer.timer.advance(1);
    await turn();
    expect(events).toEqual([0, 'lost']);
  });

  it('takes whatever comes for a sign of life', async () => {
    const { peer, events } = started();
    peer.timer.advance(20_000);
    await peer.send((frames) => frames.data(99, frameFlags.fin, Buffer.alloc(0)));
    peer.timer.advance(24_999);
    await turn();
    expect(events).toEqual([]);
    peer.timer.advance(1);
    await turn();
    expect(events).toEqual(['lost']);
  });

  it.each([
    { what: 'a wrong echo', act: (peer: RawPeer) => peer.send((frames) => frames.data(3, 0, Buffer.alloc(4))) },
    { what: 'a reset', act: (peer: RawPeer) => peer.send((frames) => frames.reset(3, 6)) },
    { what: 'an end', act: (peer: RawPeer) => peer.send((frames) => frames.fin(3)) },
  ])('is lost on $what', async ({ act }) => {
    const { peer, events } = started();
    await act(peer);
    await turn();
    expect(events).toEqual(['lost']);
    expect(peer.timer.size).toBe(0);
  });

  it('stops with RST and never FIN, and is silent when the session ends', async () => {
    const stopped = started('server');
    stopped.stop();
    expect(await stopped.peer.lines()).toEqual(['DATA 2 SYN ffffffff', 'RST 2 code 6']);
    const ended = started();
    ended.peer.session.destroy();
    await turn();
    expect([stopped.events, ended.events, ended.peer.timer.size]).toEqual([[], [], 0]);
  });
});

describe('probe()', () => {
  it.each([
    { what: 'an echo', echo: '00000001', isAlive: true },
    { what: 'a wrong echo', echo: '00000002', isAlive: false },
    { what: 'silence', echo: '', isAlive: false },
  ])('answers $isAlive on $what, and ends its stream with RST', async ({ echo, isAlive }) => {
    const peer = new RawPeer();
    const answer = probe(peer.session, { timeoutMs: 2000, timer: peer.timer });
    expect(await peer.lines()).toEqual(['DATA 2 SYN ffffffff', 'DATA 2 00000001']);
    if (echo !== '') await peer.send((frames) => frames.data(2, 0, Buffer.from(echo, 'hex')));
    peer.timer.advance(2000);
    expect(await answer).toBe(isAlive);
    expect(await peer.lines()).toEqual(['RST 2 code 6']);
    expect(peer.timer.size).toBe(0);
  });

  it('answers false when the session is closed, before or meanwhile', async () => {
    const peer = new RawPeer();
    const options = { timeoutMs: 2000, timer: peer.timer };
    const answer = probe(peer.session, options);
    peer.session.destroy();
    expect([await answer, await probe(peer.session, options)]).toEqual([false, false]);
  });
});

import { describe, expect, it } from 'vitest';
import { frameFlags, streamTypes } from '../protocol.ts';
import { HeldBudget } from './held-budget.ts';
import type { MuxStream } from './mux-stream.ts';
import { ngrokProfile } from './profiles.ts';
import { RawPeer, turn } from './raw-peer.testkit.ts';

/** A server's session in that budget, and what its agent sends on a new proxied stream that nobody reads. */
function session(budget: HeldBudget, maxHeldBytes = ngrokProfile.maxHeldBytes) {
  const peer = new RawPeer('server', { ...ngrokProfile, maxHeldBytes }, budget);
  const hold = async (bytes: number, flags = 0): Promise<MuxStream> => {
    const stream = peer.session.open(streamTypes.proxy);
    await peer.send((frames) => frames.data(stream.id, flags, Buffer.alloc(bytes)));
    return stream;
  };
  return { peer, hold };
}

describe('HeldBudget', () => {
  it('[invariant: backpressure-end-to-end] takes the fullest stream of the session that holds most, until the rest fits', async () => {
    const budget = new HeldBudget(10_000);
    const [one, two] = [session(budget), session(budget)];
    const small = [await one.hold(2_000), await one.hold(1_500)];
    const large = [await two.hold(2_500), await two.hold(3_000)];
    expect(budget.heldBytes).toBe(9_000);
    const last = await one.hold(1_200);
    expect([...small, ...large, last].map((stream) => stream.destroyed)).toEqual([false, false, false, true, false]);
    expect(large[1]?.errored).toMatchObject({ code: 9005 });
    expect(await two.peer.lines()).toContain(`RST ${large[1]?.id} code 10`);
    expect(budget.heldBytes).toBe(7_200);
    const huge = await one.hold(9_000);
    expect([small[0]?.destroyed, huge.destroyed, budget.heldBytes]).toEqual([false, true, 7_200]);
  });

  it('takes a stream that stalls before a fuller one that is read', async () => {
    const budget = new HeldBudget(600_000);
    const { peer, hold } = session(budget);
    const stalled = await hold(10_000);
    const read = await hold(250_000);
    peer.timer.advance(10_000);
    read.read(200_000);
    await peer.send((frames) => frames.data(read.id, 0, Buffer.alloc(200_000)));
    peer.timer.advance(100);
    const last = await hold(262_000);
    const other = await hold(80_000);
    expect([stalled, read, last, other].map((stream) => stream.destroyed)).toEqual([true, false, false, false]);
  });

  it('takes a stream that stalls before a fuller one that has rested and gets bytes again', async () => {
    const budget = new HeldBudget(10_000);
    const { peer, hold } = session(budget);
    const rested = await hold(0);
    peer.timer.advance(60_000);
    const stalled = await hold(2_000);
    peer.timer.advance(1_000);
    await peer.send((frames) => frames.data(rested.id, 0, Buffer.alloc(6_000)));
    peer.timer.advance(10);
    await hold(3_000);
    expect([rested.destroyed, stalled.destroyed]).toEqual([false, true]);
  });

  it.each([
    { bound: 'of the process', budgetBytes: 10_000, maxHeldBytes: 1_000_000 },
    { bound: 'of the session', budgetBytes: 1_000_000, maxHeldBytes: 10_000 },
  ])('takes as many as it needs, those that wait longest first ($bound)', async ({ budgetBytes, maxHeldBytes }) => {
    const budget = new HeldBudget(budgetBytes);
    const { peer, hold } = session(budget, maxHeldBytes);
    const old = [await hold(1_000), await hold(1_000), await hold(1_000)];
    peer.timer.advance(1_000_000);
    const young = [await hold(6_500), await hold(2_500)];
    expect([...old, ...young].map((stream) => stream.destroyed)).toEqual([true, true, false, false, false]);
    expect([budget.heldBytes, peer.session.heldBytes]).toEqual([10_000, 10_000]);
  });

  it('says nothing more on a stream that it takes, also when its own bytes were too much', async () => {
    const { peer, hold } = session(new HeldBudget(150_000));
    const stream = await hold(100_000);
    await peer.frames();
    await peer.send((frames) => frames.data(stream.id, 0, Buffer.alloc(100_000)));
    expect(await peer.lines()).toEqual([`RST ${stream.id} code 10`]);
  });

  it('counts neither calls nor heartbeats, and takes none', async () => {
    const budget = new HeldBudget(1_000);
    const { peer } = session(budget);
    const call = await peer.open(3, streamTypes.bind);
    await peer.send((frames) => frames.data(3, 0, Buffer.alloc(5_000)));
    expect([budget.heldBytes, call.destroyed]).toEqual([0, false]);
  });

  it('counts what was read no more, and is easy up to its half', async () => {
    const budget = new HeldBudget(10_000);
    const { hold } = session(budget);
    const stream = await hold(5_000);
    expect(budget.isEasy).toBe(true);
    const other = await hold(1);
    expect(budget.isEasy).toBe(false);
    other.destroy();
    stream.resume();
    await turn();
    expect([budget.heldBytes, budget.isEasy]).toEqual([0, true]);
  });

  it('takes a stream, too, that is over on the wire and has bytes to read', async () => {
    const budget = new HeldBudget(5_000);
    const { peer, hold } = session(budget);
    const whole = await hold(4_000, frameFlags.fin);
    whole.end();
    await turn();
    expect(peer.session.openStreamCount).toBe(0);
    const live = await hold(2_000);
    expect([whole.destroyed, live.destroyed, budget.heldBytes]).toEqual([true, false, 2_000]);
  });

  it('counts and takes what a session left behind', async () => {
    const budget = new HeldBudget(5_000);
    const [gone, other] = [session(budget), session(budget)];
    const [whole, part] = [await gone.hold(2_000, frameFlags.fin), await gone.hold(1_000)];
    gone.peer.session.goAway(0, '');
    expect([part.destroyed, whole.destroyed, budget.heldBytes]).toEqual([true, false, 2_000]);
    await other.hold(1_900);
    const last = await other.hold(1_500);
    // The other session holds most now.
    expect([whole.destroyed, last.destroyed, budget.heldBytes]).toEqual([false, false, 3_500]);
  });

  it('gives back all that a destroyed session held', async () => {
    const budget = new HeldBudget(50_000);
    const { peer, hold } = session(budget);
    await hold(2_000, frameFlags.fin);
    await hold(2_000);
    peer.session.destroy();
    expect(budget.heldBytes).toBe(0);
  });
});

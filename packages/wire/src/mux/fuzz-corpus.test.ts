import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RawPeer, turn } from './raw-peer.testkit.ts';

const folder = new URL('../../testdata/fuzz/', import.meta.url);
const corpus = readdirSync(folder).map((name) => {
  const hex = readFileSync(new URL(name, folder), 'utf8').replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '');
  return { name, bytes: Buffer.from(hex, 'hex') };
});

/** Ended by the peer, or by our GOAWAY as the very last frame, or not ended at all. */
async function expectOrderly(peer: RawPeer): Promise<void> {
  const lines = await peer.lines();
  const goAway = lines.findIndex((line) => line.startsWith('GOAWAY'));
  expect(goAway === -1 || goAway === lines.length - 1).toBe(true);
  expect(peer.closes.length).toBe(peer.session.isClosed ? 1 : 0);
  expect(peer.isTransportEnded).toBe(peer.session.isClosed);
}

describe('MuxSession', () => {
  it.each(corpus)('survives or ends in order on $name', async ({ bytes }) => {
    const whole = new RawPeer();
    await whole.sendBytes(bytes);
    await expectOrderly(whole);

    const byByte = new RawPeer();
    for (const byte of bytes) byByte.transport.peer?.write(Buffer.from([byte]));
    await turn();
    await expectOrderly(byByte);
    expect([byByte.session.isClosed, byByte.session.openStreamCount]).toEqual([
      whole.session.isClosed,
      whole.session.openStreamCount,
    ]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeFrames, type Frame } from '../frames/frame-text.testkit.ts';
import { frameFlags } from '../protocol.ts';
import type { MuxStream } from './mux-stream.ts';
import { RawPeer, turn } from './raw-peer.testkit.ts';

const folder = new URL('../../testdata/exchanges/', import.meta.url);

interface Line {
  readonly by: 'C' | 'S';
  readonly bytes: Buffer;
}

/** `C` or `S`, then hex outside of quotes and text inside. */
function readLine(line: string): Line {
  const parts = line
    .slice(1)
    .split("'")
    .map((part, index) =>
      index % 2 === 1
        ? Buffer.from(part.replaceAll('\\r', '\r').replaceAll('\\n', '\n'))
        : Buffer.from(part.replaceAll(/\s/g, ''), 'hex'),
    );
  return { by: line.startsWith('C') ? 'C' : 'S', bytes: Buffer.concat(parts) };
}

const exchanges = readdirSync(folder).map((name) => ({
  name,
  lines: readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter((line) => /^[CS]/.test(line))
    .map(readLine),
}));

/** What a side has said on each stream, however it was cut into frames. */
function said(frames: readonly Frame[]): Record<number, string> {
  const streams: Record<number, string> = {};
  for (const frame of frames) {
    if (frame.kind !== 'data') continue;
    const [syn, fin] = [frame.flags & frameFlags.syn ? 'SYN ' : '', frame.flags & frameFlags.fin ? ' FIN' : ''];
    streams[frame.streamId] = `${streams[frame.streamId] ?? ''}${syn}${frame.payload.toString('latin1')}${fin}`;
  }
  return streams;
}

/** Plays one side's lines through our library and the other's as bytes; answers the frames that the library sent. */
async function play(lines: readonly Line[], ours: 'C' | 'S'): Promise<{ sent: Frame[]; peer: RawPeer }> {
  const peer = new RawPeer(ours === 'C' ? 'client' : 'server');
  const opened = new Map<number, MuxStream>();
  const sent: Frame[] = [];
  for (const line of lines) {
    if (line.by === ours) for (const frame of decodeFrames(line.bytes)) say(peer, opened, frame);
    else await peer.sendBytes(line.bytes);
    for (const stream of peer.streams) opened.set(stream.id, stream.resume());
    sent.push(...(await peer.frames()));
  }
  return { sent, peer };
}

/** Grants are the library's own business. */
function say(peer: RawPeer, opened: Map<number, MuxStream>, frame: Frame): void {
  if (frame.kind !== 'data') return;
  if (frame.flags & frameFlags.syn) {
    const stream = peer.session.open(frame.payload.readUInt32BE(), frame.payload.subarray(4));
    opened.set(stream.id, stream.resume());
    return;
  }
  const stream = opened.get(frame.streamId);
  if (frame.payload.length > 0) stream?.write(frame.payload);
  if (frame.flags & frameFlags.fin) stream?.end();
}

describe.each(exchanges)('exchange $name', ({ lines }) => {
  it.each(['S', 'C'] as const)('is what our %s says when the other side says its part', async (ours) => {
    const { sent, peer } = await play(lines, ours);
    const expected = lines.filter((line) => line.by === ours).flatMap((line) => decodeFrames(line.bytes));
    expect(said(sent)).toEqual(said(expected));
    expect(sent.filter((frame) => frame.kind !== 'data' && frame.kind !== 'windowIncrement')).toEqual([]);
    await turn();
    // Only the heartbeat stays.
    expect([peer.session.openStreamCount, peer.session.isClosed]).toEqual([1, false]);
  });
});

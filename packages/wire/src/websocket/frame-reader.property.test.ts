import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, changes } from '../http/byte-changes.testkit.ts';
import { clientFrame, closing, conversations, pieces } from './client-frames.testkit.ts';
import { FrameReader } from './frame-reader.ts';
import { opcodes } from './opcodes.ts';
import { opinionOf } from './ws-receiver.testkit.ts';

interface Seen {
  readonly content: string;
  readonly ping: string | null;
  readonly ending: FrameReader['ending'];
}

function readAll(chunks: readonly Buffer[]): Seen {
  const reader = new FrameReader();
  const parts: Buffer[] = [];
  let ping: Buffer | null = null;
  for (const chunk of chunks) {
    // A copy: what is answered lies in the chunk.
    parts.push(Buffer.from(reader.read(chunk)));
    ping = reader.takePing() ?? ping;
  }
  return {
    content: Buffer.concat(parts).toString('latin1'),
    ping: ping && ping.toString('latin1'),
    ending: reader.ending,
  };
}

const whole = (bytes: Buffer): Seen => readAll([Buffer.from(bytes)]);
const ends = fc.option(fc.tuple(fc.constantFrom(1000, 1001, 4000), fc.string({ maxLength: 20 })));
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 });

/** Lawful bytes, and the same with some of them changed. */
const bytesOfClients = fc.tuple(conversations, ends, changes).map(([frames, end, list]) => {
  const last = end ? [{ opcode: opcodes.close, payload: closing(...end) }] : [];
  const bytes = Buffer.concat([...frames, ...last].map(clientFrame));
  return Buffer.from(list.reduce(changed, bytes.toString('latin1')), 'latin1');
});

describe('FrameReader', () => {
  it('gives all that a client says, in any frames', () => {
    fc.assert(
      fc.property(conversations, ends, (frames, end) => {
        const last = end ? [{ opcode: opcodes.close, payload: closing(...end) }] : [];
        const data = frames.filter(({ opcode }) => opcode <= opcodes.binary);
        const pings = frames.filter(({ opcode }) => opcode === opcodes.ping);
        expect(whole(Buffer.concat([...frames, ...last].map(clientFrame)))).toEqual({
          content: data.map(({ payload = '' }) => payload.toString('latin1')).join(''),
          ping: pings.at(-1)?.payload?.toString('latin1') ?? null,
          ending: end && { kind: 'closed', code: end[0], reason: end[1] },
        });
      }),
      { numRuns: 500 },
    );
  });

  it('reads the same however the bytes come', () => {
    fc.assert(
      fc.property(bytesOfClients, sizes, (bytes, list) => {
        const expected = whole(bytes);
        expect(readAll(pieces(bytes, list))).toEqual(expected);
        expect(readAll(pieces(bytes, [1]))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('survives any bytes, and never gives more than it got', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), sizes, (bytes, list) => {
        const { content, ending } = readAll(pieces(Buffer.from(bytes), list));
        expect(content.length).toBeLessThanOrEqual(bytes.length);
        if (ending?.kind === 'refused') expect([1002, 1003, 1007, 1009]).toContain(ending.code);
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads nothing otherwise than the library ws does, and takes nothing that it refuses', () => {
    const met = { taken: 0, closed: 0, refused: 0, stricter: 0 };
    fc.assert(
      fc.property(bytesOfClients, (bytes) => {
        const seen = whole(bytes);
        const other = opinionOf(bytes);
        if (seen.ending?.kind !== 'refused') {
          expect(other.problem).toBe('');
          expect(other.pings.at(-1) ?? null).toBe(seen.ping);
          expect(other.closed).toEqual(seen.ending && [seen.ending.code, seen.ending.reason]);
        } else if (other.problem === '') met.stricter++;
        // It gives messages when they are whole, and text as well.
        if (seen.ending?.code !== 1003) expect(seen.content.startsWith(other.content.toString('latin1'))).toBe(true);
        met[seen.ending === null ? 'taken' : seen.ending.kind]++;
      }),
      { seed: 6455, numRuns: 5_000 },
    );
    console.log(`FrameReader beside ws: ${JSON.stringify(met)}`);
    expect(Math.min(met.taken, met.closed, met.refused)).toBeGreaterThan(500);
    expect(met.stricter).toBeGreaterThan(0);
  });
});

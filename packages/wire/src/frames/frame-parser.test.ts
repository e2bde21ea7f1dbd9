import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameParser } from './frame-parser.ts';
import { decodeFrames, encodeFrames, type Frame, FrameCollector, toText } from './frame-text.testkit.ts';

const folder = new URL('../../testdata/frames/', import.meta.url);
const cases = readdirSync(folder).map((name) => {
  const [bytes = '', expected = ''] = readFileSync(new URL(name, folder), 'utf8').split('=>\n');
  const hex = bytes.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '');
  const hasSessionFrames = name.includes('session-frame');
  return { name, bytes: Buffer.from(hex, 'hex'), lines: expected.trim().split('\n'), hasSessionFrames };
});

describe('FrameParser', () => {
  it.each(cases)('decodes $name', ({ bytes, lines, hasSessionFrames }) => {
    expect(decodeFrames(bytes, hasSessionFrames).map(toText)).toEqual(lines);
  });

  it.each(cases)('decodes $name byte by byte', ({ bytes, lines, hasSessionFrames }) => {
    const collector = new FrameCollector(undefined, hasSessionFrames);
    for (const byte of bytes) collector.feed(Buffer.from([byte]));
    // Nothing behind the header of a GOAWAY is waited for.
    const withoutReason = lines.map((line) => (line.startsWith('GOAWAY') ? 'GOAWAY code 0 ""' : line));
    expect(collector.frames.map(toText)).toEqual(withoutReason);
  });

  it.each(cases.filter((row) => row.name.startsWith('ours-')))('FrameBuffer encodes $name again', (row) => {
    expect(encodeFrames(decodeFrames(row.bytes, row.hasSessionFrames))).toEqual(row.bytes);
  });

  it('decodes any frames the same however they are split', () => {
    fc.assert(
      fc.property(fc.array(frame(), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 40 })), (frames, sizes) => {
        const collector = new FrameCollector(undefined, true);
        for (const piece of split(encodeFrames(frames), sizes)) collector.feed(piece);
        expect(collector.frames).toEqual(frames);
      }),
    );
  });

  it('survives any bytes, and says nothing more once they were malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, hasSessionFrames) => {
        const frames = decodeFrames(Buffer.from(bytes), hasSessionFrames);
        const end = frames.findIndex((found) => found.kind === 'malformed' || found.kind === 'goAway');
        expect(end === -1 || end === frames.length - 1).toBe(true);
        // A DATA header takes 8 bytes, so there cannot be more frames than that.
        expect(frames.length).toBeLessThanOrEqual(bytes.length / 8);
      }),
    );
  });

  it('hands payload on as slices of what was fed', () => {
    const bytes = encodeFrames([{ kind: 'data', streamId: 3, flags: 0, payload: Buffer.alloc(1000, 1) }]);
    const parser = new FrameParser(1000, false);
    parser.feed(bytes);
    expect([parser.next(), parser.next()]).toEqual(['data', 'payload']);
    bytes.fill(2);
    expect(parser.payload.every((byte) => byte === 2)).toBe(true);
  });
});

function frame(): fc.Arbitrary<Frame> {
  const streamId = fc.integer({ min: 1, max: 0x7fffffff });
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  return fc.oneof(
    fc.record({
      kind: fc.constant('data' as const),
      streamId,
      flags: fc.integer({ min: 0, max: 3 }),
      payload: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    }),
    fc.record({ kind: fc.constant('reset' as const), streamId, code: uint32 }),
    fc.record({ kind: fc.constant('ping' as const), number: uint32, flags: fc.integer({ min: 0, max: 1 }) }),
    fc.record({
      kind: fc.constant('windowIncrement' as const),
      streamId: fc.integer({ min: 0, max: 0x7fffffff }),
      increment: fc.integer({ min: 0, max: 0x7fffffff }),
    }),
  );
}

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}

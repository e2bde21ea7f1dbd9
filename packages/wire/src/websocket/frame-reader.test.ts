import { describe, expect, test } from 'vitest';
import { type ClientFrame, clientFrame, closing } from './client-frames.testkit.ts';
import { type FrameEnding, FrameReader } from './frame-reader.ts';

const read = (reader: FrameReader, ...frames: readonly ClientFrame[]): string =>
  reader.read(Buffer.concat(frames.map(clientFrame))).toString();

const binary = (payload: string, isLast = true): ClientFrame => ({ opcode: 2, payload, isLast });
const continued = (payload: string, isLast = true): ClientFrame => ({ opcode: 0, payload, isLast });

test('FrameReader gives the bytes of messages, whatever frames they came in', () => {
  const reader = new FrameReader();
  const frames = [
    ...[binary('one '), binary(''), binary('tw', false), { opcode: 9, payload: 'ping' }],
    ...[continued('', false), { opcode: 10 }, continued('o '), binary('x'.repeat(126)), binary('y'.repeat(70_000))],
  ];
  expect(read(reader, ...frames)).toBe(`one two ${'x'.repeat(126)}${'y'.repeat(70_000)}`);
  expect(reader.ending).toBeNull();
});

test('FrameReader keeps the latest ping only, and not one that comes in pieces before it is whole', () => {
  const reader = new FrameReader();
  const payload = Buffer.alloc(125, 'p');
  const bytes = clientFrame({ opcode: 9, payload });
  reader.read(Buffer.from(bytes.subarray(0, 40)));
  expect(reader.takePing()).toBeNull();
  reader.read(Buffer.from(bytes.subarray(40)));
  expect(reader.takePing()).toEqual(payload);
  expect(reader.takePing()).toBeNull();
  read(reader, { opcode: 9, payload: 'a' }, { opcode: 9, payload: 'b' });
  expect(reader.takePing()?.toString()).toBe('b');
});

test('FrameReader answers a part of the chunk that it was given, and copies nothing', () => {
  const chunk = clientFrame(binary('abc'));
  expect(new FrameReader().read(chunk).buffer).toBe(chunk.buffer);
});

test('FrameReader takes a frame of any length a piece at a time', () => {
  const reader = new FrameReader();
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(reader.read(head)).toHaveLength(0);
  for (let i = 0; i < 100; i++) expect(reader.read(Buffer.alloc(65_536, 'z')).toString()).toBe('z'.repeat(65_536));
  expect(reader.ending).toBeNull();
});

const protocolError = (reason: string): FrameEnding => ({ kind: 'refused', code: 1002, reason });

describe('FrameReader refuses', () => {
  test.each<[what: string, frames: readonly ClientFrame[], ending: FrameEnding]>([
    [
      'text',
      [{ opcode: 1, payload: 'x' }],
      { kind: 'refused', code: 1003, reason: 'only binary messages are taken here' },
    ],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, ClientFrame[], FrameEnding] => [
      `opcode ${opcode}`,
      [{ opcode }],
      protocolError('there is no such opcode'),
    ]),
    ...[1, 2, 4, 7].map((reserved): [string, ClientFrame[], FrameEnding] => [
      `reserved bits ${reserved}`,
      [{ ...binary('x'), reserved }],
      protocolError('no extension was agreed on, and a reserved bit is set'),
    ]),
    ['what is not masked', [{ ...binary('x'), mask: null }], protocolError('frames of clients have to be masked')],
    [
      'a close frame that is not masked',
      [{ opcode: 8, mask: null }],
      protocolError('frames of clients have to be masked'),
    ],
    [
      'a control frame that is too long',
      [{ opcode: 9, payload: 'x'.repeat(126) }],
      protocolError('a control frame is too long'),
    ],
    [
      'a control frame in fragments',
      [{ opcode: 9, isLast: false }],
      protocolError('control frames are never in fragments'),
    ],
    ['a fragment of nothing', [continued('x')], protocolError('a fragment belongs to no message')],
    [
      'a fragment behind the last',
      [binary('x', false), continued('y'), continued('z')],
      protocolError('a fragment belongs to no message'),
    ],
    ['a message inside another', [binary('x', false), binary('y')], protocolError('a message begins inside another')],
    [
      'two bytes of length where none are needed',
      [{ ...binary('x'.repeat(125)), lengthBytes: 2 }],
      protocolError('a length has more bytes than it needs'),
    ],
    [
      'eight where two would do',
      [{ ...binary('x'.repeat(65_535)), lengthBytes: 8 }],
      protocolError('a length has more bytes than it needs'),
    ],
    ['half a close code', [{ opcode: 8, payload: 'x' }], protocolError('a close frame has no valid code')],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code): [string, ClientFrame[], FrameEnding] => [
      `close code ${code}`,
      [{ opcode: 8, payload: closing(code) }],
      protocolError('a close frame has no valid code'),
    ]),
    [
      'a reason that is no text',
      [{ opcode: 8, payload: Buffer.from([3, 232, 0xc3, 0x28]) }],
      { kind: 'refused', code: 1007, reason: 'the reason of a close frame is not UTF-8' },
    ],
  ])('%s', (_what, frames, ending) => {
    const reader = new FrameReader();
    read(reader, ...frames);
    expect(reader.ending).toEqual(ending);
    expect(read(reader, binary('more'))).toBe('');
    expect(reader.ending).toEqual(ending);
  });

  test.each(['0020000000000000', '8000000000000001', 'ffffffffffffffff'])('a length of 0x%s bytes', (length) => {
    const reader = new FrameReader();
    reader.read(Buffer.concat([Buffer.from([0x82, 0xff]), Buffer.from(length, 'hex'), Buffer.alloc(4)]));
    expect(reader.ending).toEqual({ kind: 'refused', code: 1009, reason: 'a frame is too long' });
  });
});

test('FrameReader gives what came before the frame that it refuses', () => {
  const reader = new FrameReader();
  expect(read(reader, binary('before'), { opcode: 1, payload: 'x' }, binary('behind'))).toBe('before');
});

test.each<[code: number, reason: string]>([
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999].map(
    (code): [number, string] => [code, ''],
  ),
  [1000, 'good bye, ä'],
  [4001, 'r'.repeat(123)],
])('FrameReader reads a close frame with %d %j, and nothing behind it', (code, reason) => {
  const reader = new FrameReader();
  const payload = closing(code, reason);
  expect(read(reader, binary('last'), { opcode: 8, payload }, binary('x'), { opcode: 9 })).toBe('last');
  expect(reader.ending).toEqual({ kind: 'closed', code, reason });
  expect(reader.takePing()).toBeNull();
});

test('FrameReader reads a close frame that says nothing', () => {
  const reader = new FrameReader();
  read(reader, { opcode: 8 });
  expect(reader.ending).toEqual({ kind: 'closed', code: 1005, reason: '' });
});

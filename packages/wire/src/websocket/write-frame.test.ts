import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { binaryHead, closeFrame, pingFrame, pongFrame } from './write-frame.ts';

interface Library {
  readonly Sender: {
    frame(data: Buffer, options: { fin: boolean; opcode: number; mask: boolean; readOnly: boolean }): Buffer[];
  };
}
const { Sender } = createRequire(import.meta.url)('ws') as Library;

/** The same frame by the library `ws`. */
function frameOf(opcode: number, data: Buffer): Buffer {
  return Buffer.concat(Sender.frame(data, { fin: true, opcode, mask: false, readOnly: true }));
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])('binaryHead() of %d bytes', (length) => {
  const data = Buffer.alloc(length);
  expect(Buffer.concat([binaryHead(length), data])).toEqual(frameOf(2, data));
});

test('binaryHead() of more than 32 bits hold', () => {
  expect(binaryHead(2 ** 33 + 5).toString('hex')).toBe('827f0000000200000005');
});

test('pings and pongs', () => {
  expect(pingFrame).toEqual(frameOf(9, Buffer.alloc(0)));
  const content = Buffer.alloc(125, 'x');
  expect(pongFrame(content)).toEqual(frameOf(10, content));
});

test.each<[code: number, reason: string, written: string]>([
  [1000, '', '03e8'],
  [1014, 'no', '03f66e6f'],
  [1005, 'never said', ''],
  // 123 bytes at most, and no half of a character.
  [1002, 'a'.repeat(200), `03ea${'61'.repeat(123)}`],
  [1002, 'a'.repeat(122) + 'ä', `03ea${'61'.repeat(122)}`],
])('closeFrame(%d, %j)', (code, reason, written) => {
  expect(closeFrame(code, reason)).toEqual(frameOf(8, Buffer.from(written, 'hex')));
});

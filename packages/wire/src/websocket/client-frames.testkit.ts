// Frames as a client sends them, lawful or not, for tests.
import fc from 'fast-check';
import { opcodes } from './opcodes.ts';

export interface ClientFrame {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  /** Default: true. */
  readonly isLast?: boolean;
  /** RSV1 to RSV3 as bits 4, 2, 1. Default: 0. */
  readonly reserved?: number;
  /** Null: not masked. Default: some mask. */
  readonly mask?: readonly number[] | null;
  /** Default: as many as the payload needs. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** As bytes. Nothing is checked. */
export function clientFrame(frame: ClientFrame): Buffer {
  const { opcode, isLast = true, reserved = 0, mask = [0x37, 0xfa, 0x21, 0x3d] } = frame;
  const payload = Buffer.from(frame.payload ?? '');
  const lengthBytes = frame.lengthBytes ?? (payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8);
  const short = lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127;
  const head = Buffer.from([(isLast ? 0x80 : 0) | (reserved << 4) | opcode, (mask ? 0x80 : 0) | short]);
  const length = Buffer.alloc(lengthBytes);
  if (lengthBytes === 2) length.writeUInt16BE(payload.length);
  if (lengthBytes === 8) length.writeBigUInt64BE(BigInt(payload.length));
  const masked = payload.map((byte, i) => byte ^ (mask?.[i & 3] ?? 0));
  return Buffer.concat([head, length, Buffer.from(mask ?? []), masked]);
}

/** The content of a close frame. */
export function closing(code: number, reason = ''): Buffer {
  const bytes = Buffer.alloc(2 + Buffer.byteLength(reason));
  bytes.writeUInt16BE(code);
  bytes.write(reason, 2);
  return bytes;
}

const mask = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const bytesUpTo = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
/** Short ones mostly; those of 126 bytes and more have another form of length. */
const content = fc.oneof({ weight: 8, arbitrary: bytesUpTo(20) }, { weight: 2, arbitrary: bytesUpTo(300) });
const control = fc.record({
  opcode: fc.constantFrom(opcodes.ping, opcodes.pong),
  payload: bytesUpTo(125),
  mask,
});

/** One binary message: in one frame or several, with control frames between them. */
const message = fc
  .array(fc.record({ payload: content, mask, before: fc.array(control, { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) =>
    parts.flatMap(({ payload, mask, before }, i): ClientFrame[] => [
      ...before,
      { opcode: i === 0 ? opcodes.binary : opcodes.continuation, payload, mask, isLast: i === parts.length - 1 },
    ]),
  );

/** What a client may say, without an end. */
export const conversations: fc.Arbitrary<ClientFrame[]> = fc
  .array(message, { maxLength: 4 })
  .map((messages) => messages.flat());

/** Cuts bytes into pieces of these sizes, taken in turn. Copies: readers change what they read. */
export function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    cut.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return cut;
}

import { closeCodes, maxControlBytes, opcodes } from './opcodes.ts';

const isLast = 0x80;

/** The head of a binary message in one frame of a server, which masks nothing (RFC 6455 §5.2). */
export function binaryHead(length: number): Buffer {
  if (length < 126) return Buffer.from([isLast | opcodes.binary, length]);
  const head = Buffer.alloc(length < 2 ** 16 ? 4 : 10);
  head[0] = isLast | opcodes.binary;
  if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    head.writeUInt32BE(length % 2 ** 32, 6);
  }
  return head;
}

/** An empty one: its pong tells that the client is there. */
export const pingFrame: Buffer = Buffer.from([isLast | opcodes.ping, 0]);

/** @param content Of the ping that it answers. */
export function pongFrame(content: Buffer): Buffer {
  return controlFrame(opcodes.pong, content);
}

/** @param code 1005: without one. @param reason Cut off where there is no room for more. */
export function closeFrame(code: number, reason = ''): Buffer {
  if (code === closeCodes.none) return controlFrame(opcodes.close, Buffer.alloc(0));
  const content = Buffer.alloc(maxControlBytes);
  content.writeUInt16BE(code, 0);
  // Buffer.write() writes no half characters.
  return controlFrame(opcodes.close, content.subarray(0, 2 + content.write(reason, 2)));
}

function controlFrame(opcode: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([isLast | opcode, content.length]), content]);
}

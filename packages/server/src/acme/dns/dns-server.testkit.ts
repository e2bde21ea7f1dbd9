// A DNS server of a test: over TCP it says what the test wants, signed as RFC 8945 has it. Written apart from the product's
// own signing, so that a mistake there is none here.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { DnsServerAddress } from './exchange-message.ts';

/** Bytes to send after the two of length; "close", "silence"; or what to do with the connection. */
export type TestAnswer = Buffer | 'close' | 'silence' | ((socket: Socket) => void);

export async function startDnsServer(answer: (question: Buffer) => TestAnswer): Promise<DnsServerAddress> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const said = answer(bytes.subarray(2));
      if (said === 'close') socket.end();
      else if (typeof said === 'function') said(socket);
      else if (said !== 'silence') socket.write(Buffer.concat([uint16(said.length), said]));
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as { port: number }).port };
}

/** The answer's header, with that code and nothing in it. */
export function emptyAnswer(question: Buffer, code = 0): Buffer {
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 4);
  header.writeUInt16BE((question.readUInt16BE(2) & 0x7800) | 0x8400 | code, 2);
  return header;
}

interface AnswerSignature {
  readonly key: { readonly name: string; readonly secret: Buffer };
  readonly question: Buffer;
  readonly timeSeconds: number;
  readonly error?: number;
  readonly other?: Buffer;
  /** Default: the right one, of HMAC-SHA256. */
  readonly mac?: Buffer;
}

/** Signed for the question, whose own MAC is found before its last six bytes: id, error, no other data. */
export function signedAnswer(answer: Buffer, signature: AnswerSignature): Buffer {
  const { key, question, timeSeconds, error = 0, other = Buffer.alloc(0) } = signature;
  const questionMac = question.subarray(-38, -6);
  const name = Buffer.concat([Buffer.of(key.name.length), Buffer.from(key.name), Buffer.of(0)]);
  const algorithm = Buffer.from('\x0bhmac-sha256\0', 'latin1');
  const time = Buffer.alloc(8);
  time.writeUIntBE(timeSeconds, 0, 6);
  time.writeUInt16BE(300, 6);
  const end = Buffer.concat([uint16(error), uint16(other.length), other]);
  const variables = [name, Buffer.from('00ff00000000', 'hex'), algorithm, time, end];
  const covered = Buffer.concat([uint16(32), questionMac, answer, ...variables]);
  const mac = signature.mac ?? createHmac('sha256', key.secret).update(covered).digest();
  const data = Buffer.concat([algorithm, time, uint16(mac.length), mac, answer.subarray(0, 2), end]);
  const record = Buffer.concat([name, Buffer.from('00fa00ff00000000', 'hex'), uint16(data.length), data]);
  const signed = Buffer.concat([answer, record]);
  signed.writeUInt16BE(answer.readUInt16BE(10) + 1, 10);
  return signed;
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

// RFC 6455 by hand: frames as bytes and the two ends of a connection that writes and reads them, for what no library would
// send. The tunnel relays bytes behind the handshake and is to change none.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** RFC 6455 §5.2. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  /** Default: true. */
  readonly isFinal?: boolean;
  /** RSV1 to RSV3 as bits 4, 2, 1. Default: 0. */
  readonly reserved?: number;
  readonly isMasked?: boolean;
  /** The form of the length: 7, 16 or 64 bits. Default: the shortest that holds it. */
  readonly lengthBits?: 7 | 16 | 64;
}

/** One frame. Nothing is checked: any combination goes. */
export function frame(parts: FrameParts): Buffer {
  const payload = Buffer.from(parts.payload ?? '');
  const bits = parts.lengthBits ?? (payload.length < 126 ? 7 : payload.length < 65_536 ? 16 : 64);
  const head = Buffer.alloc(2 + (bits === 7 ? 0 : bits / 8));
  head.writeUInt8(((parts.isFinal ?? true) ? 0x80 : 0) | ((parts.reserved ?? 0) << 4) | parts.opcode, 0);
  if (bits === 16) head.writeUInt16BE(payload.length, 2);
  else if (bits === 64) head.writeBigUInt64BE(BigInt(payload.length), 2);
  const short = bits === 7 ? payload.length : bits === 16 ? 126 : 127;
  head.writeUInt8(short | (parts.isMasked ? 0x80 : 0), 1);
  if (!parts.isMasked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (key[i & 3] ?? 0);
  return Buffer.concat([head, key, payload]);
}

/** A close frame (RFC 6455 §5.5.1). */
export function closeFrame(code: number, reason: string, isMasked: boolean): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return frame({ opcode: opcode.close, payload, isMasked });
}

/** One end of a stream, read by count. */
export class Wire {
  readonly stream: Duplex;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #wake: (() => void) | null = null;
  #isOver = false;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#wake?.();
    });
    const end = (): void => {
      this.#isOver = true;
      this.#wake?.();
    };
    stream
      .on('error', () => {})
      .on('end', end)
      .on('close', end);
  }

  /** Received and not taken. */
  get waiting(): number {
    return this.#bytes;
  }

  /** @throws {Error} When the stream is over before that many bytes have come. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes < count) {
      if (this.#isOver) throw new Error(`The stream is over: ${this.#bytes} of ${count} bytes came`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const all = Buffer.concat(this.#chunks.splice(0));
    this.#bytes = all.length - count;
    if (this.#bytes > 0) this.#chunks.push(all.subarray(count));
    return all.subarray(0, count);
  }

  /** Takes an HTTP head, its last line end included. */
  async takeHead(): Promise<string> {
    let head = '';
    while (!head.endsWith('\r\n\r\n')) head += (await this.take(1)).toString('latin1');
    return head;
  }

  /** Resolves when the other side has ended or the stream is gone. */
  async over(): Promise<void> {
    while (!this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** An upgrade request that reached the upstream. */
export interface Arrival {
  readonly wire: Wire;
  readonly socket: Socket;
  readonly head: string;
}

export interface RawUpstream {
  readonly port: number;
  /** The next connection, once its head has come. */
  arrival(): Promise<Arrival>;
}

/** A service that takes connections and leaves every byte to the test. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  let taken = 0;
  return {
    port: (server.address() as AddressInfo).port,
    async arrival() {
      const index = taken++;
      while (sockets[index] === undefined) await once(server, 'connection');
      const socket = sockets[index];
      const wire = new Wire(socket);
      return { wire, socket, head: await wire.takeHead() };
    },
  };
}

/** The 101 that accepts an upgrade request. */
export function acceptance(head: string): string {
  const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

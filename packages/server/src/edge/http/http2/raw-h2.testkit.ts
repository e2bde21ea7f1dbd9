// HTTP/2 frame by frame: what no client library would send.
import net from 'node:net';
import { onTestFinished } from 'vitest';

/** Frame types (RFC 9113 §6). */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const endStream = 0x1;
export const endHeaders = 0x4;
export const ack = 0x1;

/** What a client says first: the preface and empty SETTINGS (RFC 9113 §3.4). */
export const clientPreface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), h2Frame(4, 0, 0)]);

/** One frame (RFC 9113 §4.1). Nothing is checked: any length, flag and stream goes. */
export function h2Frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A number in four bytes, as RST_STREAM and WINDOW_UPDATE carry it. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * HPACK, each line as a literal without indexing and without Huffman coding (RFC 7541 §6.2.2). Latin-1, and nothing is
 * checked: line ends, capitals and empty names go through.
 */
export function literalHeaders(lines: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of lines) parts.push(Buffer.from([0]), hpackString(name), hpackString(value));
  return Buffer.concat(parts);
}

/** The same, and the decoder keeps it in its table: the first byte 0xbe stands for it from then on (RFC 7541 §6.2.1). */
export function indexedHeader(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), hpackString(name), hpackString(value)]);
}

function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([hpackLength(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (RFC 7541 §5.1). */
function hpackLength(length: number): Buffer {
  if (length < 127) return Buffer.from([length]);
  const bytes = [127];
  let rest = length - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

export type HeaderPair = readonly [name: string, value: string];

/** The four lines that every request has. */
export function requestLines(authority: string, parts: { method?: string; path?: string } = {}): HeaderPair[] {
  return [
    [':method', parts.method ?? 'GET'],
    [':scheme', 'https'],
    [':authority', authority],
    [':path', parts.path ?? '/'],
  ];
}

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** The other end of a raw connection. */
export interface RawH2Client {
  readonly socket: net.Socket;
  /** Whole frames received, in order; DATA payloads too. */
  readonly frames: RawFrame[];
  readonly isClosed: boolean;
  send(...frames: Uint8Array[]): void;
  /** Resolves with the first frame of this type (of this stream) that came or comes; null once the connection is closed. */
  next(type: number, streamId?: number): Promise<RawFrame | null>;
  closed(): Promise<void>;
}

/** Connects and sends the preface. SETTINGS are acknowledged unless `acks` is false. */
export function connectRawH2(port: number, options: { acks?: boolean } = {}): RawH2Client {
  const socket = net.connect(port, '127.0.0.1');
  const frames: RawFrame[] = [];
  const waiting = new Set<() => void>();
  let rest = Buffer.alloc(0);
  let isClosed = false;
  const wake = (): void => {
    for (const check of [...waiting]) check();
  };
  const client: RawH2Client = {
    socket,
    frames,
    get isClosed() {
      return isClosed;
    },
    send: (...parts) => void socket.write(Buffer.concat(parts)),
    next: (type, streamId) =>
      waitFor(() => frames.find((frame) => frame.type === type && (streamId ?? frame.streamId) === frame.streamId)),
    closed: async () => void (await waitFor(() => undefined)),
  };
  /** Answers what `read` finds, or null when the connection is closed. */
  function waitFor<T>(read: () => T | undefined): Promise<T | null> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = read();
        if (found === undefined && !isClosed) return;
        waiting.delete(check);
        resolve(found ?? null);
      };
      waiting.add(check);
      check();
    });
  }
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (; rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3); ) {
      const length = rest.readUIntBE(0, 3);
      const [type, flags, streamId] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5)];
      frames.push({ type, flags, streamId, payload: rest.subarray(9, 9 + length) });
      if (type === frameType.settings && flags === 0 && options.acks !== false) client.send(h2Frame(4, ack, 0));
      rest = rest.subarray(9 + length);
    }
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  onTestFinished(() => void socket.destroy());
  client.send(clientPreface);
  return client;
}

import type { ConnectionEnds } from './connection-ends.ts';
import { crc32c } from './crc32c.ts';
import { addressText, ipv4Bytes, ipv6Bytes } from './ip-address.ts';

export type ProxyProtocolProgress =
  | { readonly status: 'incomplete' }
  | { readonly status: 'invalid' }
  | {
      readonly status: 'complete';
      /** Null: the sender speaks for itself (LOCAL, UNKNOWN) or for no Internet address: its own connection counts. */
      readonly ends: ConnectionEnds | null;
      /** Length of the header: what comes behind it is the client's. */
      readonly bytesUsed: number;
    };

const incomplete: ProxyProtocolProgress = { status: 'incomplete' };
const invalid: ProxyProtocolProgress = { status: 'invalid' };

const textStart = Buffer.from('PROXY ');
const binaryStart = Buffer.from('\r\n\r\n\0\r\nQUIT\n');

/**
 * Reads a header of the PROXY protocol, version 1 (one line of text) or 2 (binary), at the start of `bytes`. Says `invalid`
 * as soon as no more bytes could make it a header. Refused as well are senders that cannot be over TCP (datagrams).
 *
 * @param maxBytes Bound on version 2; a line of version 1 has at most 107 bytes.
 */
export function readProxyProtocol(bytes: Buffer, maxBytes: number): ProxyProtocolProgress {
  if (startsLike(bytes, textStart)) return bytes.length < textStart.length ? incomplete : readText(bytes);
  if (startsLike(bytes, binaryStart)) return bytes.length < binaryHeadBytes ? incomplete : readBinary(bytes, maxBytes);
  return invalid;
}

/** True if both agree as far as both go. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

const maxTextBytes = 107;

function readText(bytes: Buffer): ProxyProtocolProgress {
  const end = bytes.subarray(0, maxTextBytes).indexOf('\r\n');
  if (end === -1) return bytes.length < maxTextBytes ? incomplete : invalid;
  const words = bytes.toString('latin1', textStart.length, end).split(' ');
  const bytesUsed = end + 2;
  // What stands behind UNKNOWN has no meaning.
  if (words[0] === 'UNKNOWN') return { status: 'complete', ends: null, bytesUsed };
  const ends = readTextEnds(words);
  return ends === null ? invalid : { status: 'complete', ends, bytesUsed };
}

/** `TCP4 <source> <destination> <source port> <destination port>`. */
function readTextEnds(words: readonly string[]): ConnectionEnds | null {
  const [family, source = '', destination = ''] = words;
  const bytesOf = family === 'TCP4' ? ipv4Bytes : family === 'TCP6' ? ipv6Bytes : null;
  const [client, server] = [bytesOf?.(source) ?? null, bytesOf?.(destination) ?? null];
  const [clientPort, serverPort] = [readPort(words[3]), readPort(words[4])];
  if (words.length !== 5 || client === null || server === null || clientPort === null || serverPort === null)
    return null;
  return { clientIp: addressText(client), clientPort, serverIp: addressText(server), serverPort };
}

function readPort(text = ''): number | null {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

// Version and command, family and transport, then the length of what follows.
const binaryHeadBytes = 16;
const local = 0x20;
const proxied = 0x21;
const unspecified = 0x00;
const ipv4Stream = 0x11;
const ipv6Stream = 0x21;
const unixStream = 0x31;
/** Bytes of the two addresses and, where there are any, ports. Datagrams cannot have come over TCP. */
const addressBytes: ReadonlyMap<number, number> = new Map([
  [ipv4Stream, 12],
  [ipv6Stream, 36],
  [unixStream, 216],
]);

function readBinary(bytes: Buffer, maxBytes: number): ProxyProtocolProgress {
  const command = bytes[12] ?? 0;
  const family = bytes[13] ?? 0;
  const bytesUsed = binaryHeadBytes + bytes.readUInt16BE(14);
  const size = addressBytes.get(family);
  if (bytesUsed > maxBytes || (command !== local && command !== proxied)) return invalid;
  // Where the sender speaks for itself or names nobody, all the rest is to be ignored, whatever it is.
  const namesNobody = command === local || family === unspecified;
  if (!namesNobody && (size === undefined || bytesUsed < binaryHeadBytes + size)) return invalid;
  if (bytes.length < bytesUsed) return incomplete;
  if (namesNobody || size === undefined) return { status: 'complete', ends: null, bytesUsed };
  const header = bytes.subarray(0, bytesUsed);
  if (!areSound(header, binaryHeadBytes + size)) return invalid;
  return { status: 'complete', ends: readBinaryEnds(header, family), bytesUsed };
}

function readBinaryEnds(header: Buffer, family: number): ConnectionEnds | null {
  if (family !== ipv4Stream && family !== ipv6Stream) return null;
  const size = family === ipv4Stream ? 4 : 16;
  const [serverAt, portsAt] = [binaryHeadBytes + size, binaryHeadBytes + 2 * size];
  return {
    clientIp: addressText(header.subarray(binaryHeadBytes, serverAt)),
    clientPort: header.readUInt16BE(portsAt),
    serverIp: addressText(header.subarray(serverAt, portsAt)),
    serverPort: header.readUInt16BE(portsAt + 2),
  };
}

const checksumType = 0x03;

/** Whether the values behind the addresses (type, length, content) fill the header, and its checksum fits if it has one. */
function areSound(header: Buffer, start: number): boolean {
  let at = start;
  while (at + 3 <= header.length) {
    const contentAt = at + 3;
    const next = contentAt + header.readUInt16BE(at + 1);
    if (next > header.length) return false;
    if (header[at] === checksumType && (next - contentAt !== 4 || !hasChecksum(header, contentAt))) return false;
    at = next;
  }
  return at === header.length;
}

/** The checksum is over the whole header, with its own four bytes read as zeros. */
function hasChecksum(header: Buffer, at: number): boolean {
  const zeroed = Buffer.from(header);
  zeroed.writeUInt32BE(0, at);
  return crc32c(zeroed) === header.readUInt32BE(at);
}

import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { plainAddress } from '../../domain/plain-address.ts';
import { crc32c } from './crc32c.ts';

/** Where a load balancer's connection came from. */
export interface ProxySource {
  /** As in `ConnectFacts.clientIp`. */
  readonly ip: string;
  readonly port: number;
}

export type ProxyHeaderProgress =
  | { readonly status: 'incomplete' }
  | { readonly status: 'invalid' }
  | {
      readonly status: 'complete';
      /** Null: the balancer speaks for itself (LOCAL, UNKNOWN) or for no Internet address: its own address counts. */
      readonly source: ProxySource | null;
      /** Length of the header: what comes behind it is the client's. */
      readonly bytesUsed: number;
    };

const incomplete: ProxyHeaderProgress = { status: 'incomplete' };
const invalid: ProxyHeaderProgress = { status: 'invalid' };

const textStart = Buffer.from('PROXY ');
const binaryStart = Buffer.from('\r\n\r\n\0\r\nQUIT\n');

/**
 * Reads a header of the PROXY protocol, version 1 (one line of text) or 2 (binary), at the start of `bytes`. Says `invalid`
 * as soon as no more bytes could make it a header. Refused as well are senders that cannot be over TCP (datagrams).
 *
 * @param maxBytes Bound on version 2; a line of version 1 has at most 107 bytes.
 */
export function readProxyHeader(bytes: Buffer, maxBytes: number): ProxyHeaderProgress {
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

function readText(bytes: Buffer): ProxyHeaderProgress {
  const end = bytes.subarray(0, maxTextBytes).indexOf('\r\n');
  if (end === -1) return bytes.length < maxTextBytes ? incomplete : invalid;
  const words = bytes.toString('latin1', textStart.length, end).split(' ');
  const bytesUsed = end + 2;
  // What stands behind UNKNOWN has no meaning.
  if (words[0] === 'UNKNOWN') return { status: 'complete', source: null, bytesUsed };
  const source = readTextSource(words);
  return source === null ? invalid : { status: 'complete', source, bytesUsed };
}

/** `TCP4 <source> <destination> <source port> <destination port>`. */
function readTextSource(words: readonly string[]): ProxySource | null {
  const [family, source = '', destination = '', sourcePort = '', destinationPort = ''] = words;
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : null;
  if (words.length !== 5 || isAddress === null || !isAddress(source) || !isAddress(destination)) return null;
  const port = readPort(sourcePort);
  if (port === null || readPort(destinationPort) === null) return null;
  return { ip: isAddress === isIPv4 ? source : canonicalIPv6(source), port };
}

/** Without a zone, which means nothing on another machine. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function readPort(text: string): number | null {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

function canonicalIPv6(text: string): string {
  return plainAddress(new SocketAddress({ family: 'ipv6', address: text }).address);
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

function readBinary(bytes: Buffer, maxBytes: number): ProxyHeaderProgress {
  const command = bytes[12] ?? 0;
  const family = bytes[13] ?? 0;
  const bytesUsed = binaryHeadBytes + bytes.readUInt16BE(14);
  const size = addressBytes.get(family);
  if (bytesUsed > maxBytes || (command !== local && command !== proxied)) return invalid;
  // Where the balancer speaks for itself or names nobody, all the rest is to be ignored, whatever it is.
  const namesNobody = command === local || family === unspecified;
  if (!namesNobody && (size === undefined || bytesUsed < binaryHeadBytes + size)) return invalid;
  if (bytes.length < bytesUsed) return incomplete;
  if (namesNobody || size === undefined) return { status: 'complete', source: null, bytesUsed };
  const header = bytes.subarray(0, bytesUsed);
  if (!areSound(header, binaryHeadBytes + size)) return invalid;
  return { status: 'complete', source: readBinarySource(header, family), bytesUsed };
}

function readBinarySource(header: Buffer, family: number): ProxySource | null {
  if (family === ipv4Stream) return { ip: header.subarray(16, 20).join('.'), port: header.readUInt16BE(24) };
  if (family !== ipv6Stream) return null;
  const groups = [16, 18, 20, 22, 24, 26, 28, 30].map((at) => header.readUInt16BE(at).toString(16));
  return { ip: canonicalIPv6(groups.join(':')), port: header.readUInt16BE(48) };
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

// A small writer of databases in the format of MaxMind (version 2), for tests: of as many networks as fit a test, in every form
// that a reader has to know.
import { type IpAddress, parseIpAddress } from '../domain/ip-address.ts';

/** What a record may hold. */
export type MmdbValue = string | number | boolean | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

export interface MmdbOptions {
  /** Default: 6, in which IPv4 networks are below `::/96`. */
  readonly ipVersion?: 4 | 6;
  /** Bits of each half of a node. Default: 28. */
  readonly recordSize?: 24 | 28 | 32;
  /** What its description says besides, or says wrongly. */
  readonly description?: Readonly<Record<string, MmdbValue>>;
}

/** A branch; a record, by its place among the records; nothing. */
type Branch = [Tree, Tree];
type Tree = Branch | number | null;

/** @param networks Records by network, e.g. `192.0.2.0/24`; a later one may be inside an earlier one. */
export function makeMmdb(
  networks: Readonly<Record<string, MmdbValue>>,
  { ipVersion = 6, recordSize = 28, description = {} }: MmdbOptions = {},
): Buffer {
  const records = new Records();
  let root: Tree = null;
  for (const [network, record] of Object.entries(networks)) {
    root = insert(root, bitsOf(network, ipVersion), records.add(record));
  }
  const branches = branchesOf(root ?? [null, null]);
  const about = new Records();
  about.add({
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1_767_225_600 },
    ...{ database_type: 'Test', description: { en: 'a test' }, languages: ['en'] },
    ...{ ip_version: ipVersion, node_count: branches.length, record_size: recordSize },
    ...description,
  });
  const tree = writeTree(branches, recordSize);
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([tree, Buffer.alloc(16), records.bytes, marker, about.bytes]);
}

function bitsOf(network: string, ipVersion: 4 | 6): string {
  const [text = '', length] = network.split('/');
  const { family, value } = parseIpAddress(text) as IpAddress;
  const written = value.toString(2).padStart(family === 4 ? 32 : 128, '0');
  const bits = written.slice(0, Number(length ?? written.length));
  return family === 4 && ipVersion === 6 ? '0'.repeat(96) + bits : bits;
}

function insert(tree: Tree, bits: string, record: number): Tree {
  if (bits === '') return record;
  const [left, right] = Array.isArray(tree) ? tree : [tree, tree];
  const rest = bits.slice(1);
  return bits.startsWith('0') ? [insert(left, rest, record), right] : [left, insert(right, rest, record)];
}

/** The root first. */
function branchesOf(root: Tree): Branch[] {
  const found: Branch[] = [];
  const waiting = [root];
  for (let tree = waiting.shift(); tree !== undefined; tree = waiting.shift()) {
    if (!Array.isArray(tree)) continue;
    found.push(tree);
    waiting.push(...tree);
  }
  return found;
}

function writeTree(branches: readonly Branch[], recordSize: 24 | 28 | 32): Buffer {
  const numbers = new Map<Tree, number>(branches.map((branch, i) => [branch, i]));
  const valueOf = (tree: Tree): number => {
    if (tree === null) return branches.length;
    return typeof tree === 'number' ? branches.length + 16 + tree : (numbers.get(tree) as number);
  };
  return Buffer.concat(branches.map(([left, right]) => nodeBytes(valueOf(left), valueOf(right), recordSize)));
}

function nodeBytes(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4);
  if (recordSize === 32) {
    bytes.writeUInt32BE(left, 0);
    bytes.writeUInt32BE(right, 4);
    return bytes;
  }
  // Of 28 bits the first four of both halves are in the byte between them.
  if (recordSize === 28) bytes[3] = ((left >>> 24) << 4) | (right >>> 24);
  bytes.writeUIntBE(left & 0xff_ffff, 0, 3);
  bytes.writeUIntBE(right & 0xff_ffff, bytes.length - 3, 3);
  return bytes;
}

/** Records one after the other; what was written before is pointed to. */
class Records {
  readonly #parts: Buffer[] = [];
  readonly #known = new Map<string, number>();
  #length = 0;

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** Answers where it is. */
  add(value: MmdbValue): number {
    const known = this.#known.get(JSON.stringify(value));
    if (known !== undefined) return known;
    const offset = this.#length;
    this.#write(value);
    return offset;
  }

  #write(value: MmdbValue): void {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined && key.length > 4) return this.#push(pointerTo(known));
    this.#known.set(key, this.#length);
    if (typeof value === 'string') this.#push(control(2, Buffer.byteLength(value)), Buffer.from(value));
    else if (typeof value === 'boolean') this.#push(control(14, Number(value)));
    else if (typeof value === 'number') this.#push(...numberBytes(value));
    else this.#writeCollection(value);
  }

  #writeCollection(value: readonly MmdbValue[] | { readonly [key: string]: MmdbValue }): void {
    if (Array.isArray(value)) {
      this.#push(control(11, value.length));
      for (const item of value) this.#write(item);
      return;
    }
    const entries = Object.entries(value);
    this.#push(control(7, entries.length));
    for (const entry of entries) for (const part of entry) this.#write(part);
  }

  #push(...parts: Buffer[]): void {
    this.#parts.push(...parts);
    for (const part of parts) this.#length += part.length;
  }
}

/** Whole numbers as uint32, others as double. */
function numberBytes(value: number): Buffer[] {
  const isWhole = Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  const bytes = Buffer.alloc(isWhole ? 4 : 8);
  if (isWhole) bytes.writeUInt32BE(value);
  else bytes.writeDoubleBE(value);
  return [control(isWhole ? 6 : 3, bytes.length), bytes];
}

/** Type and size in front of a value; types above 7 have a byte of their own. */
function control(type: number, size: number): Buffer {
  const [inFirst, more] = size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, sizeBytes(size - 285)];
  return Buffer.from(type > 7 ? [inFirst, type - 7, ...more] : [(type << 5) | inFirst, ...more]);
}

function sizeBytes(size: number): number[] {
  return [size >> 8, size & 0xff];
}

function pointerTo(offset: number): Buffer {
  if (offset < 2_048) return Buffer.from([0x20 | (offset >> 8), offset & 0xff]);
  const bytes = Buffer.alloc(5, 0x38);
  bytes.writeUInt32BE(offset, 1);
  return bytes;
}

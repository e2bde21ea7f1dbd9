// HPACK (RFC 7541), the decoding half, for whoever only looks on. It is strict: a block that a peer would have to refuse is
// refused here as well, because from there on the two tables could differ, and headers would be shown that never were.
import { Undecodable } from '../undecodable.ts';
import { BlockReader } from './block-reader.ts';
import { DynamicTable, fieldOverheadBytes } from './dynamic-table.ts';
import { staticTable } from './static-table.ts';

export interface HpackLimits {
  /** What a sender may make of the table of this direction. */
  readonly maxHeaderTableBytes: number;
  /** Names and values of one message, 32 bytes more for each. */
  readonly maxHeadBytes: number;
  readonly maxHeaderLines: number;
}

/** Before anything was agreed (RFC 9113 §6.5.2). */
const initialTableBytes = 4096;

/** Decodes the header blocks of one direction of one connection, in their order and none left out. */
export class HpackDecoder {
  readonly #limits: HpackLimits;
  readonly #table: DynamicTable;

  constructor(limits: HpackLimits) {
    this.#limits = limits;
    this.#table = new DynamicTable(limits.maxHeaderTableBytes, initialTableBytes);
  }

  /** As §4.1 counts it. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * Name, value, name, value; one character for each byte.
   *
   * @throws {Undecodable} It is not valid, or more than the limits. Nothing can be decoded after it.
   */
  decode(block: Buffer): string[] {
    const reader = new BlockReader(block);
    const lines: string[] = [];
    let bytes = 0;
    while (!reader.isAtEnd) {
      if ((reader.peek() & 0xe0) === 0x20) {
        // A change of size stands before all fields of a block (§4.2).
        if (lines.length > 0) throw new Undecodable('its table of headers changes within a block');
        this.#table.resize(reader.integer(5));
        continue;
      }
      const [name, value] = this.#field(reader);
      lines.push(name, value);
      bytes += name.length + value.length + fieldOverheadBytes;
      const { maxHeadBytes, maxHeaderLines } = this.#limits;
      if (bytes > maxHeadBytes || lines.length > 2 * maxHeaderLines) throw new Undecodable('the headers are too large');
    }
    return lines;
  }

  /** §6.1, §6.2. A literal that is not to be indexed, now or ever, reads alike. */
  #field(reader: BlockReader): readonly [name: string, value: string] {
    const first = reader.peek();
    if ((first & 0x80) !== 0) return this.#indexed(reader.integer(7));
    const isAdded = (first & 0x40) !== 0;
    const index = reader.integer(isAdded ? 6 : 4);
    const name = index === 0 ? reader.string() : this.#indexed(index)[0];
    const field = [name, reader.string()] as const;
    if (isAdded) this.#table.add(field);
    return field;
  }

  #indexed(index: number): readonly [name: string, value: string] {
    const field = staticTable[index - 1] ?? this.#table.get(index - 1 - staticTable.length);
    if (index === 0 || !field) throw new Undecodable('a header has a wrong index');
    return field;
  }
}

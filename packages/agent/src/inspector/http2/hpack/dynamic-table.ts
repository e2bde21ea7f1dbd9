import { Undecodable } from '../undecodable.ts';

type Field = readonly [name: string, value: string];

/** What RFC 7541 §4.1 counts for a field besides its bytes. */
export const fieldOverheadBytes = 32;

/** The header fields of one direction that came last, bounded in size (RFC 7541 §2.3.2, §4). */
export class DynamicTable {
  readonly #limitBytes: number;
  /** Oldest first. */
  readonly #fields: Field[] = [];
  #maxBytes: number;
  #bytes = 0;

  /** @param limitBytes What a sender may make of it; it begins with `initialBytes`. */
  constructor(limitBytes: number, initialBytes: number) {
    this.#limitBytes = limitBytes;
    this.#maxBytes = initialBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param at 0: the newest. */
  get(at: number): Field | undefined {
    return this.#fields[this.#fields.length - 1 - at];
  }

  /** One that is larger than the table empties it, which is no error (§4.4). */
  add(field: Field): void {
    const size = sizeOf(field);
    this.#makeRoom(this.#maxBytes - size);
    if (size > this.#maxBytes) return;
    this.#fields.push(field);
    this.#bytes += size;
  }

  /** @throws {Undecodable} More than the limit. */
  resize(maxBytes: number): void {
    if (maxBytes > this.#limitBytes) throw new Undecodable('its table of headers is too large');
    this.#maxBytes = maxBytes;
    this.#makeRoom(maxBytes);
  }

  #makeRoom(maxBytes: number): void {
    while (this.#bytes > maxBytes) {
      const oldest = this.#fields.shift();
      if (!oldest) return;
      this.#bytes -= sizeOf(oldest);
    }
  }
}

function sizeOf([name, value]: Field): number {
  return name.length + value.length + fieldOverheadBytes;
}

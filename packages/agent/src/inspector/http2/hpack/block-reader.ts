import { Undecodable } from '../undecodable.ts';
import { decodeHuffman } from './huffman.ts';

/** Far more than any length or index that is looked at; what is larger could not be counted exactly. */
const maxInteger = 0xff_ffff;
const huffmanFlag = 0x80;

/** The integers and strings of one header block (RFC 7541 §5). */
export class BlockReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The byte that comes next, without taking it. */
  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Undecodable('a block of headers ends too early');
    return byte;
  }

  /** @param prefixBits How many bits of the next byte belong to it. */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.peek() & mask;
    this.#at++;
    if (value < mask) return value;
    for (let factor = 1, byte = huffmanFlag; byte >= 0x80; factor *= 0x80) {
      byte = this.peek();
      this.#at++;
      value += (byte & 0x7f) * factor;
      // Also against zeros without end.
      if (value > maxInteger || factor > maxInteger) throw new Undecodable('a number in the headers is too large');
    }
    return value;
  }

  /** One character for each byte. */
  string(): string {
    const isHuffman = (this.peek() & huffmanFlag) !== 0;
    const length = this.integer(7);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Undecodable('a block of headers ends too early');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return (isHuffman ? decodeHuffman(bytes) : bytes).toString('latin1');
  }
}

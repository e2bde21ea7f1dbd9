import { parseClientHello, type WholeHello } from './client-hello.ts';

export type HelloProgress =
  | { readonly status: 'incomplete' }
  | { readonly status: 'complete'; readonly hello: WholeHello }
  /** `http`: the first byte is a capital letter, as in a plain-text HTTP request. */
  | { readonly status: 'invalid'; readonly looksLike: 'http' | 'unknown' };

const incomplete: HelloProgress = { status: 'incomplete' };
const invalid: HelloProgress = { status: 'invalid', looksLike: 'unknown' };
const invalidHttp: HelloProgress = { status: 'invalid', looksLike: 'http' };

const recordHeaderBytes = 5;
const handshakeRecordType = 22;
const maxFragmentBytes = 2 ** 14;
const messageHeaderBytes = 4;
const clientHelloType = 1;

/**
 * Finds the ClientHello in the first bytes of a connection, however it is cut into TLS records (RFC 8446 §5.1) and
 * TCP segments. Looks at every byte once, so hostile cutting costs no more than its size. SSLv2 hellos are invalid.
 */
export class ClientHelloReader {
  readonly #maxBytes: number;
  #progress: HelloProgress = incomplete;
  readonly #received: Uint8Array[] = [];
  #consumedBytes = 0;
  /** The bytes of an unfinished record header. */
  #recordHeader: number[] = [];
  #fragmentBytesLeft = 0;
  /** The message, header included, as pieces of what was received. */
  readonly #pieces: Uint8Array[] = [];
  #messageBytes = 0;
  /** Known once the message header is: header plus body. */
  #messageSize: number | undefined;

  /** @param maxBytes Bound on the hello, record headers included. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Everything that was pushed, in order: what the TLS server has to see again. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** Takes what the connection sent next. Once the answer is `complete` or `invalid` it stays so. */
  push(chunk: Uint8Array): HelloProgress {
    this.#received.push(chunk);
    for (let offset = 0; offset < chunk.length && this.#progress === incomplete; ) {
      const taken =
        this.#fragmentBytesLeft === 0 ? this.#takeHeaderByte(chunk, offset) : this.#takeFragment(chunk, offset);
      this.#consumedBytes += taken;
      offset += taken;
      if (this.#progress === incomplete && this.#consumedBytes >= this.#maxBytes) this.#progress = invalid;
    }
    return this.#progress;
  }

  #takeHeaderByte(chunk: Uint8Array, offset: number): number {
    this.#recordHeader.push(chunk[offset] ?? 0);
    this.#progress = this.#judgeRecordHeader();
    return 1;
  }

  #judgeRecordHeader(): HelloProgress {
    const [type = 0, majorVersion = 3, , lengthHigh = 0, lengthLow = 0] = this.#recordHeader;
    if (type !== handshakeRecordType) {
      const isFirstByte = this.#consumedBytes === 0;
      return isFirstByte && type >= 0x41 && type <= 0x5a ? invalidHttp : invalid;
    }
    if (majorVersion !== 3) return invalid;
    if (this.#recordHeader.length < recordHeaderBytes) return incomplete;
    const length = lengthHigh * 256 + lengthLow;
    // RFC 8446 §5.1: handshake records are never empty.
    if (length === 0 || length > maxFragmentBytes) return invalid;
    if (this.#consumedBytes + 1 + length > this.#maxBytes) return invalid;
    this.#recordHeader = [];
    this.#fragmentBytesLeft = length;
    return this.#judgeMessage();
  }

  #takeFragment(chunk: Uint8Array, offset: number): number {
    const piece = chunk.subarray(offset, offset + this.#fragmentBytesLeft);
    this.#pieces.push(piece);
    this.#messageBytes += piece.length;
    this.#fragmentBytesLeft -= piece.length;
    this.#progress = this.#judgeMessage();
    return piece.length;
  }

  #judgeMessage(): HelloProgress {
    this.#messageSize ??= this.#readMessageSize();
    if (this.#messageSize === undefined) return incomplete;
    // Nothing may follow in the same record: the next flight needs our answer first.
    if (this.#messageSize < 0 || this.#messageBytes + this.#fragmentBytesLeft > this.#messageSize) return invalid;
    if (this.#messageBytes < this.#messageSize) return incomplete;
    const hello = parseClientHello(Buffer.concat(this.#pieces).subarray(messageHeaderBytes));
    return hello === undefined ? invalid : { status: 'complete', hello };
  }

  /** Negative: not a ClientHello, or one over the bound. */
  #readMessageSize(): number | undefined {
    if (this.#messageBytes < messageHeaderBytes) return undefined;
    const header = Buffer.concat(this.#pieces);
    const size = messageHeaderBytes + header.readUIntBE(1, 3);
    return header[0] === clientHelloType && size <= this.#maxBytes ? size : -1;
  }
}

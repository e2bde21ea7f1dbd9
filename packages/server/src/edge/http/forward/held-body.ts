import { AditError } from '@adit/contracts';
import type { Exchange, HeaderLines } from '../exchange.ts';

/** The content of a request that a policy wants to see before it is forwarded: held whole, up to what that policy reads. */
export class HeldBody {
  readonly #exchange: Exchange;
  readonly #expectsContinue: boolean;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #maxBytes = 0;
  #whole: Promise<Buffer> | null = null;
  #settle: { resolve(body: Buffer): void; reject(error: unknown): void } | null = null;
  #hasFailed = false;
  trailers: HeaderLines = [];
  /** True: all of it is here. */
  isWhole = false;

  constructor(exchange: Exchange, expectsContinue: boolean) {
    this.#exchange = exchange;
    this.#expectsContinue = expectsContinue;
  }

  /** True: it has begun to come here. */
  get isHeld(): boolean {
    return this.#whole !== null;
  }

  /** As it came, once it is whole. */
  get content(): Buffer {
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  /** @throws {AditError} 9010: it is longer. */
  async read(maxBytes: number): Promise<Buffer> {
    if (!this.#exchange.hasBody) return Buffer.alloc(0);
    this.#maxBytes = Math.max(this.#maxBytes, maxBytes);
    const body = await (this.#whole ?? this.#begin());
    if (body.length > maxBytes) throw tooLarge(maxBytes);
    return this.content;
  }

  onBody(piece: Buffer): void {
    if (this.#hasFailed) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) return this.#fail(tooLarge(this.#maxBytes));
    this.#pieces.push(piece);
  }

  onBodyEnd(trailers: HeaderLines): void {
    if (this.#hasFailed) return;
    this.trailers = trailers;
    this.isWhole = true;
    this.#pieces = [Buffer.concat(this.#pieces)];
    this.#settle?.resolve(this.content);
  }

  /** The visitor is gone. Whoever waits for his content does so for a while yet, but not with what came of it. */
  giveUp(): void {
    if (this.isWhole) return;
    this.#hasFailed = true;
    this.#pieces = [];
  }

  #begin(): Promise<Buffer> {
    this.#whole = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    if (this.#expectsContinue) this.#exchange.inform(100, []);
    this.#exchange.resumeBody();
    return this.#whole;
  }

  #fail(error: AditError): void {
    this.#hasFailed = true;
    this.#pieces = [];
    this.#exchange.pauseBody();
    this.#settle?.reject(error);
  }
}

function tooLarge(maxBytes: number): AditError {
  return new AditError(9010, `Cannot read the request: its content is longer than ${maxBytes} bytes`);
}

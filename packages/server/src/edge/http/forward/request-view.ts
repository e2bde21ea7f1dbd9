import { asksForWebSocket, HeaderFields, type PolicyRequest } from '@adit/policy-kit';
import type { Exchange } from '../exchange.ts';
import type { HeldBody } from './held-body.ts';
import type { RequestHead } from './request-head.ts';

export interface ViewFacts {
  readonly exchange: Exchange;
  readonly head: RequestHead;
  readonly scheme: 'http' | 'https';
  /** Exactly what would be forwarded; changed by policies. */
  readonly lines: string[];
  readonly body: HeldBody;
  readonly receivedAtMs: number;
}

/** A request as policies see and change it. */
export class RequestView implements PolicyRequest {
  readonly headers: HeaderFields;
  target: string;
  readonly #facts: ViewFacts;
  /** Not null: a policy put this content in place of the visitor's. Here, as its length is in these lines only. */
  replacedBody: Buffer | null = null;
  /** True: a policy wants the bytes of the visitor's WebSocket for the service. */
  isUnwrapped = false;

  constructor(facts: ViewFacts) {
    this.#facts = facts;
    this.headers = new HeaderFields(facts.lines);
    this.target = facts.head.path;
  }

  get method(): string {
    return this.#facts.exchange.method;
  }
  get version(): '1.0' | '1.1' | '2' {
    return this.#facts.exchange.version;
  }
  get scheme(): 'http' | 'https' {
    return this.#facts.scheme;
  }
  get host(): string {
    return this.#facts.head.authority.host;
  }
  get authority(): string {
    return this.#facts.head.authority.text;
  }
  get hasBody(): boolean {
    return this.#facts.exchange.hasBody;
  }
  get upgrade(): readonly string[] | null {
    return this.#facts.exchange.upgrade;
  }
  get receivedAtMs(): number {
    return this.#facts.receivedAtMs;
  }

  unwrapWebSocket(): void {
    if (!asksForWebSocket(this)) throw new TypeError('Cannot unwrap: it asks for no WebSocket');
    this.isUnwrapped = true;
  }

  async readBody(maxBytes: number): Promise<Uint8Array> {
    const received = await this.#facts.body.read(maxBytes);
    return this.replacedBody ?? received;
  }

  replaceBody(content: Uint8Array): void {
    if (!this.#facts.body.isWhole) throw new RangeError('Cannot replace content that was not read');
    this.replacedBody = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    this.headers.remove('transfer-encoding');
    this.headers.remove('trailer');
    this.headers.set('content-length', String(content.byteLength));
  }
}

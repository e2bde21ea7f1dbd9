import { AditError } from '@adit/contracts';
import { asksForWebSocket, HeaderFields, type PolicyRequest } from '@adit/policy-kit';

/** A request that nobody sent, as the edge would hand it to policies. */
export interface AskedRequest {
  readonly method: string;
  /** Of the endpoint. */
  readonly scheme: 'http' | 'https';
  /** `host` or `host:port`. */
  readonly authority: string;
  /** Lower case, without port. */
  readonly host: string;
  readonly target: string;
  /** All that would be forwarded without policies: name, value, name, value. */
  readonly headers: readonly string[];
  readonly upgrade: readonly string[] | null;
  readonly body: Uint8Array | null;
  readonly nowMs: number;
}

/** As policies see it. */
export class ExplainedRequest implements PolicyRequest {
  readonly version = '1.1';
  readonly upgrade: readonly string[] | null;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly host: string;
  readonly headers: HeaderFields;
  readonly receivedAtMs: number;
  target: string;
  /** What `unwrapWebSocket` left. */
  isUnwrapped = false;
  #body: Uint8Array | null;

  constructor(asked: AskedRequest) {
    this.method = asked.method;
    this.scheme = asked.scheme;
    this.authority = asked.authority;
    this.host = asked.host;
    this.target = asked.target;
    this.headers = new HeaderFields([...asked.headers]);
    this.upgrade = asked.upgrade;
    this.receivedAtMs = asked.nowMs;
    this.#body = asked.body;
  }

  get hasBody(): boolean {
    return this.#body !== null;
  }

  /** @throws {AditError} 9010: it is longer. */
  async readBody(maxBytes: number): Promise<Uint8Array> {
    const body = this.#body ?? new Uint8Array();
    if (body.length > maxBytes) throw new AditError(9010);
    return body;
  }

  unwrapWebSocket(): void {
    if (!asksForWebSocket(this)) throw new TypeError('Cannot unwrap: it asks for no WebSocket');
    this.isUnwrapped = true;
  }

  replaceBody(body: Uint8Array): void {
    this.#body = body;
    this.headers.set('content-length', String(body.length));
  }
}

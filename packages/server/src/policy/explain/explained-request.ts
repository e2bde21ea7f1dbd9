import { HeaderFields, type PolicyRequest } from '@adit/policy-kit';

/** A request that nobody sent, as somebody asks about it. */
export interface AskedRequest {
  readonly method: string;
  /** Of the endpoint. */
  readonly scheme: 'http' | 'https';
  /** `host` or `host:port`. */
  readonly authority: string;
  readonly target: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | null;
  readonly nowMs: number;
}

/** As policies see it. */
export class ExplainedRequest implements PolicyRequest {
  readonly version = '1.1';
  readonly upgrade = null;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly headers: HeaderFields;
  readonly receivedAtMs: number;
  target: string;
  #body: Uint8Array | null;

  constructor({ method, scheme, authority, target, headers, body, nowMs }: AskedRequest) {
    this.method = method;
    this.scheme = scheme;
    this.authority = authority;
    this.target = target;
    this.receivedAtMs = nowMs;
    this.#body = body;
    this.headers = new HeaderFields([]);
    if (!headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')) this.headers.add('host', authority);
    for (let i = 0; i < headers.length; i += 2) this.headers.add(headers[i] ?? '', headers[i + 1] ?? '');
    if (body !== null) this.headers.set('content-length', String(body.length));
  }

  get host(): string {
    return this.authority.replace(/:\d+$/, '').toLowerCase();
  }

  get hasBody(): boolean {
    return this.#body !== null;
  }

  async readBody(): Promise<Uint8Array> {
    return this.#body ?? new Uint8Array();
  }

  replaceBody(body: Uint8Array): void {
    this.#body = body;
    this.headers.set('content-length', String(body.length));
  }
}

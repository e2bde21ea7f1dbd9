import { asksForWebSocket, HeaderFields, type PolicyRequest } from '@adit/policy-kit';

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
  readonly upgrade: readonly string[] | null;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly headers: HeaderFields;
  readonly receivedAtMs: number;
  target: string;
  /** What `unwrapWebSocket` left. */
  isUnwrapped = false;
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
    this.upgrade = body === null ? upgradeOf(this.headers) : null;
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

  unwrapWebSocket(): void {
    if (!asksForWebSocket(this)) throw new TypeError('Cannot unwrap: it asks for no WebSocket');
    this.isUnwrapped = true;
  }

  replaceBody(body: Uint8Array): void {
    this.#body = body;
    this.headers.set('content-length', String(body.length));
  }
}

/** As the edge reads these lines in HTTP/1.1. */
function upgradeOf(headers: HeaderFields): readonly string[] | null {
  const membersOf = (name: string): string[] =>
    headers.values(name).flatMap((value) => value.split(',').map((member) => member.trim().toLowerCase()));
  const protocols = membersOf('upgrade');
  return protocols.length > 0 && membersOf('connection').includes('upgrade') ? protocols : null;
}

import type { Transform } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { EventContext } from './context.ts';
import type { ConnectFacts, EndpointFacts } from './facts.ts';
import { HeaderFields } from './header-fields.ts';
import { asksForWebSocket, type PolicyEvent, type PolicyRequest, type PolicyResponse } from './messages.ts';

/** Facts of a request; what is left out is that of a sample visitor. */
export interface SampleRequest {
  readonly method?: string;
  readonly version?: PolicyRequest['version'];
  readonly scheme?: PolicyRequest['scheme'];
  readonly host?: string;
  readonly authority?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly upgrade?: readonly string[];
}

export interface SampleResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly hasBody?: boolean;
}

export interface SampleFacts {
  readonly connect?: Partial<ConnectFacts> | undefined;
  readonly endpoint?: Partial<EndpointFacts> | undefined;
  readonly request?: SampleRequest | undefined;
  readonly response?: SampleResponse | undefined;
  readonly event?: Partial<PolicyEvent> | undefined;
  readonly isDry?: boolean | undefined;
  readonly nowMs?: number | undefined;
  /** How a request that comes before ends: see `Outcome`. Default: 200. */
  readonly upstreamStatus?: number | null;
  readonly hasUpstreamFailed?: boolean;
}

/** A visitor as most are; documentation addresses (RFC 5737). */
export function sampleConnectFacts(changes: Partial<ConnectFacts> = {}): ConnectFacts {
  return Object.freeze({
    clientIp: '203.0.113.7',
    clientPort: 50_000,
    serverIp: '192.0.2.1',
    serverPort: 443,
    serverName: 'app.example.com',
    ...changes,
  });
}

export const sampleEndpoint: EndpointFacts = Object.freeze({
  id: 'ep_sample',
  url: 'https://app.example.com',
  scheme: 'https',
  host: 'app.example.com',
  port: 443,
});

export const sampleNowMs = Date.UTC(2026, 0, 1);

/** A context of which everything that policies leave can be looked at. */
export class SampleContext implements EventContext {
  connection: ConnectFacts;
  endpoint: EndpointFacts;
  request: SamplePolicyRequest;
  response: SampleAnswer;
  event: PolicyEvent;
  isDry: boolean;
  /** How often it was told of a call that is not made. */
  notCalled = 0;
  nowMs: number;
  result: Readonly<Record<string, unknown>> | null = null;
  readonly variables: Record<string, unknown> = {};
  readonly identity: string[] = [];
  readonly logged: Readonly<Record<string, string>>[] = [];
  readonly #states = new Map<string, object>();

  constructor(facts: SampleFacts = {}) {
    this.connection = sampleConnectFacts(facts.connect);
    this.endpoint = { ...sampleEndpoint, ...facts.endpoint };
    this.request = new SamplePolicyRequest(facts.request ?? {});
    this.response = new SampleAnswer(facts.response ?? {});
    this.event = { data: undefined, event: undefined, id: undefined, retry: undefined, ...facts.event };
    this.isDry = facts.isDry ?? false;
    this.nowMs = facts.nowMs ?? sampleNowMs;
  }

  wouldCall(): void {
    this.notCalled++;
  }
  setResult(values: Readonly<Record<string, unknown>>): void {
    this.result = values;
  }
  setVariable(name: string, value: unknown): void {
    this.variables[name] = value;
  }
  addIdentity(name: string, value: string): void {
    this.identity.push(name, value);
  }
  log(fields: Readonly<Record<string, string>>): void {
    this.logged.push(fields);
  }
  state<State extends object>(key: string, create: () => State): State {
    const known = this.#states.get(key) as State | undefined;
    const state = known ?? create();
    this.#states.set(key, state);
    return state;
  }
  /** The same visitor's next request, for which what was counted is still known. */
  next(facts: SampleFacts): SampleContext {
    const context = new SampleContext(facts);
    for (const [key, state] of this.#states) context.#states.set(key, state);
    return context;
  }
}

class SamplePolicyRequest implements PolicyRequest {
  readonly method: string;
  readonly version: PolicyRequest['version'];
  readonly scheme: PolicyRequest['scheme'];
  readonly host: string;
  readonly authority: string;
  target: string;
  readonly headers: HeaderFields;
  readonly hasBody: boolean;
  readonly upgrade: readonly string[] | null;
  readonly receivedAtMs = sampleNowMs;
  /** What `unwrapWebSocket` left. */
  isUnwrapped = false;
  #body: Uint8Array;

  constructor({ body, headers = {}, ...facts }: SampleRequest) {
    this.method = facts.method ?? 'GET';
    this.version = facts.version ?? '1.1';
    this.scheme = facts.scheme ?? 'https';
    this.host = facts.host ?? 'app.example.com';
    this.authority = facts.authority ?? this.host;
    this.target = facts.target ?? '/';
    this.headers = sampleFields({ host: this.authority, ...headers });
    this.hasBody = body !== undefined;
    this.upgrade = facts.upgrade ?? null;
    this.#body = typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0));
  }

  async readBody(maxBytes: number): Promise<Uint8Array> {
    if (this.#body.length > maxBytes) throw new AditError(9010);
    return this.#body;
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

class SampleAnswer implements PolicyResponse {
  status: number;
  readonly headers: HeaderFields;
  readonly hasBody: boolean;
  readonly transforms: Transform[] = [];

  constructor({ status = 200, headers = {}, hasBody = true }: SampleResponse) {
    this.status = status;
    this.headers = sampleFields(headers);
    this.hasBody = hasBody;
  }

  addTransform(transform: Transform): void {
    if (this.hasBody) this.transforms.push(transform);
  }
}

function sampleFields(headers: Readonly<Record<string, string | readonly string[]>>): HeaderFields {
  return new HeaderFields(
    Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value])),
  );
}

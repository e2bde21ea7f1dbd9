import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';
import { visitorOptions } from './visitor.ts';

export interface TenantVisit {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The address that the visitor comes from; null: over one HTTP/2 connection that all tenants' visitors share. */
  readonly from: string | null;
}

export interface Met {
  readonly status: number;
  readonly code: string | null;
  readonly body: string;
  readonly requestId: string;
}

/** One HTTP/2 connection for the visitors of all tenants, as browsers have where a certificate is for all their names. */
export class SharedConnection {
  readonly #session: ClientHttp2Session;

  constructor(server: Pick<TestServer, 'ca' | 'ready'>, servername: string) {
    const { ca, ready } = server;
    this.#session = connectHttp2(`https://127.0.0.1:${ready.https.port}`, { ca, servername });
    onTestFinished(() => this.#session.destroy());
  }

  async visit(host: string, { path, method = 'GET', headers = {}, body }: TenantVisit): Promise<Met> {
    const stream = this.#session.request({ ':authority': host, ':path': path, ':method': method, ...headers });
    stream.end(body);
    return await new Promise((resolve, reject) => {
      stream.on('error', reject).on('response', (lines) => {
        text(stream).then((content) => resolve(metOf(Number(lines[':status']), lines, content)), reject);
      });
    });
  }
}

/** An account of the server, as its visitors and its administrator see it. */
export class Tenant {
  readonly name: string;
  readonly apiKey: string;
  readonly host: string;
  readonly #server: TestServer;
  readonly #shared: SharedConnection;
  readonly #kept = new Agent({ keepAlive: true });

  constructor(server: TestServer, facts: { name: string; apiKey: string; shared: SharedConnection }) {
    this.name = facts.name;
    this.apiKey = facts.apiKey;
    this.host = `${facts.name}.localhost:${server.ready.https.port}`;
    this.#server = server;
    this.#shared = facts.shared;
    onTestFinished(() => this.#kept.destroy());
  }

  async visit(asked: TenantVisit): Promise<Met> {
    if (asked.from === null) return await this.#shared.visit(this.host, asked);
    return await this.#send(`https://${this.host}${asked.path}`, { ...asked, from: asked.from, agent: new Agent() });
  }

  /** Calls the API with the tenant's key. */
  async call(
    method: string,
    path: string,
    { body, from = '127.0.0.1', headers = {} }: { body?: object; from?: string; headers?: Record<string, string> } = {},
  ): Promise<Met & { json: Record<string, unknown> }> {
    const own = { authorization: `Bearer ${this.apiKey}`, ...(body && { 'content-type': 'application/json' }) };
    const agent = from === '127.0.0.1' ? this.#kept : new Agent();
    const asked = { method, headers: { ...own, ...headers }, from, agent, ...(body && { body: JSON.stringify(body) }) };
    const met = await this.#send(`${this.#server.ready.api}${path}`, asked);
    const json = met.body === '' ? {} : (JSON.parse(met.body) as Record<string, unknown>);
    return { ...met, json, code: typeof json['error_code'] === 'string' ? json['error_code'] : null };
  }

  async #send(
    url: string,
    asked: Omit<TenantVisit, 'path'> & { readonly from: string; readonly agent: Agent },
  ): Promise<Met> {
    const options = visitorOptions(this.#server, url);
    const headers = { ...(options.headers as Record<string, string>), ...asked.headers };
    const { method = 'GET', from: localAddress, agent } = asked;
    return await new Promise((resolve, reject) => {
      const sent = request({ ...options, method, headers, agent, localAddress }, (answer) => {
        text(answer).then((body) => resolve(metOf(answer.statusCode ?? 0, answer.headers, body)), reject);
      });
      sent.on('error', reject).end(asked.body);
    });
  }
}

function metOf(status: number, lines: Readonly<Record<string, unknown>>, body: string): Met {
  const code = lines['adit-error-code'];
  return { status, code: typeof code === 'string' ? code : null, body, requestId: String(lines['adit-request-id']) };
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import type { TestServer } from './server.ts';

/** All a visitor has to know of a server. */
type Trusted = Pick<TestServer, 'ca'>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Options that reach `*.localhost`, which Node cannot resolve, and trust only the server's development CA. */
export function visitorOptions(server: Trusted, url: string): RequestOptions {
  const { hostname, port, pathname, search } = new URL(url);
  return {
    host: '127.0.0.1',
    port: port || 443,
    servername: hostname,
    path: pathname + search,
    headers: { host: new URL(url).host },
    ca: server.ca,
  };
}

/** A visitor's WebSocket to an endpoint; the library insists on the URL's own host name, so the look-up answers it. */
export function openWebSocket(
  server: Trusted,
  url: string,
  protocols: readonly string[] = [],
  options: { readonly origin?: string; readonly cert?: Buffer; readonly key?: Buffer } = {},
): WebSocket {
  const lookup = (
    _name: string,
    _options: unknown,
    found: (error: null, addresses: { address: string; family: 4 }[]) => void,
  ): void => found(null, [{ address: '127.0.0.1', family: 4 }]);
  return new WebSocket(url.replace('https', 'wss'), [...protocols], { ...options, ca: server.ca, lookup });
}

/** One request of a visitor, on a connection of its own, with the certificate verified. */
export async function visit(
  server: Trusted,
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<Answer> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const base = visitorOptions(server, url);
    const headers = { ...(base.headers as Record<string, string>), ...options.headers };
    const sent = request({ ...base, method: options.method ?? 'GET', headers, agent: new Agent() }, resolve);
    sent.on('error', reject).end(options.body);
  });
  const body = (await buffer(message)).toString();
  return { status: message.statusCode ?? 0, headers: message.headers, body };
}

/** One call of the control API through its own loopback listener. */
export async function callApi(
  server: TestServer,
  apiKey: string,
  call: { method: string; path: string; body?: unknown },
): Promise<Answer & { json: Record<string, unknown> }> {
  const answer = await visit(server, `${server.ready.api}${call.path}`, {
    method: call.method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  return { ...answer, json: answer.body ? (JSON.parse(answer.body) as Record<string, unknown>) : {} };
}

import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AditError } from '@adit/contracts';
import type { HostTest } from './allowed-hosts.ts';
import { type Answer, failure, failureOf, safeHeaders } from './answer.ts';
import { refuseStrangers } from './refuse-strangers.ts';

export interface WebCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The JSON body; undefined without one. */
  readonly body: unknown;
}

export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: {
    readonly maxPortTries: number;
    readonly maxApiBodyBytes: number;
    readonly apiRequestTimeoutMs: number;
    readonly maxApiConnections: number;
  };
  readonly isAllowedHost: HostTest;
  answer(call: WebCall): Promise<Answer>;
  /** Takes over a response that stays open; answers false if the path is none for that. */
  stream(path: string, response: ServerResponse): boolean;
}

export interface WebServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens for the inspector's page and API, on the next free port if its own is taken.
 *
 * @throws {AditError} 9221: the port needs more rights. 9222: none is free, or the address is not one of this machine.
 */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { apiRequestTimeoutMs, maxApiConnections } = options.limits;
  const timeouts = { requestTimeout: apiRequestTimeoutMs, headersTimeout: apiRequestTimeoutMs };
  // Not imported: that reads every export of it, and one of them loads an HTTP client of 14 MB.
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer(timeouts, (incoming, response) => {
    void respond(incoming, response, options);
  });
  server.maxConnections = maxApiConnections;
  const port = await listen(server, options);
  // Whatever happens to the listener later must not end the agent.
  server.on('error', () => {});
  return {
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port, limits }: WebServerOptions): Promise<number> {
  for (let tried = 0; tried < limits.maxPortTries; tried++) {
    const next = port === 0 ? 0 : port + tried;
    if (next > 65_535) break;
    const code = await tryPort(server, host, next);
    if (code === null) return (server.address() as AddressInfo).port;
    if (code === 'EACCES') throw new AditError(9221, `Cannot open the inspector on port ${next}: not permitted`);
    if (code !== 'EADDRINUSE') throw new AditError(9222, `Cannot open the inspector on ${host}:${next}: ${code}`);
  }
  throw new AditError(9222, `Cannot open the inspector: every port from ${port} on is taken`);
}

/** Null: it listens. Else why not. */
async function tryPort(server: Server, host: string, port: number): Promise<string | null> {
  try {
    await once(server.listen(port, host), 'listening');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'failed';
  }
}

async function respond(incoming: IncomingMessage, response: ServerResponse, options: WebServerOptions): Promise<void> {
  for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
  response.on('error', () => {});
  const method = incoming.method ?? '';
  const url = URL.parse(incoming.url ?? '', 'http://inspector');
  const path = url?.pathname ?? '';
  const refusal = refuseStrangers({ method, path, headers: incoming.headers }, options.isAllowedHost);
  if (refusal) return send(response, failure(refusal.status, refusal.code, refusal.message));
  if (method === 'GET' && options.stream(path, response)) return;
  try {
    const body = await readJson(incoming, options.limits.maxApiBodyBytes);
    send(response, await options.answer({ method, path, query: url?.searchParams ?? new URLSearchParams(), body }));
  } catch (error) {
    send(response, failureOf(error));
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body ?? '') });
  response.end(response.req.method === 'HEAD' ? undefined : body);
  // What is left of a body that nobody wants is thrown away.
  response.req.resume();
}

async function readJson(incoming: IncomingMessage, maxBytes: number): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  // Not destroyed when it is too long: the answer has to go out on the same connection.
  for await (const piece of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new AditError(9103, `Cannot read the body: it is longer than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw new AditError(9201, 'Cannot read the body: it is not JSON');
  }
}

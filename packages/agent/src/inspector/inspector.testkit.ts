import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { openUpstream, parseUpstream, type UpstreamProtocol } from '@adit/sdk';
import { onTestFinished } from 'vitest';
import type { EndpointChanges, EndpointFacts } from './agent-facts.ts';
import { type Inspector, type InspectorOptions, openInspector } from './inspector.ts';
import type { Watch } from './watched-endpoints.ts';

export interface TestInspector {
  readonly inspector: Inspector;
  readonly watch: Watch;
  /** What the upstream got, as Latin-1, one text for each connection. */
  readonly upstreamGot: string[];
  /** Connections to the upstream that were closed; it closes none itself. */
  readonly upstreamClosed: number[];
  /** A visitor sends this and the upstream answers that, over one connection. */
  exchange(request: string, answer: string): void;
  ask(path: string, options?: AskOptions): Promise<Asked>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
}

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // Tests look at what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export const appEndpoint: EndpointFacts = {
  ...{ name: 'app', url: 'https://app.example.com', upstream: { url: 'http://localhost:3000', protocol: 'http1' } },
  ...{ bindings: ['public'], poolingEnabled: false, inspect: true, metadata: '', description: '' },
};

/**
 * An inspector on a port of its own that watches one endpoint. Its upstream is a service of the test that answers whatever
 * comes with `answer`, unless another is named.
 */
export async function startInspector(
  options: Partial<InspectorOptions> & {
    answer?: string;
    changes?: EndpointChanges;
    upstream?: string;
    speaks?: UpstreamProtocol;
  } = {},
): Promise<TestInspector> {
  const upstreamGot: string[] = [];
  const upstreamClosed: number[] = [];
  const upstream = await startUpstream(options.answer ?? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', {
    upstreamGot,
    upstreamClosed,
  });
  const target = parseUpstream(options.upstream ?? `127.0.0.1:${(upstream.address() as AddressInfo).port}`, {
    upstreamProtocol: options.speaks,
  });
  const inspector = await openInspector({
    agent: {
      agentVersion: '1.2.3',
      status: () => ({ state: 'online', legs: [{ region: 'here', latencyMs: 12 }] }),
      endpoints: () => [appEndpoint],
      changes: options.changes ?? null,
    },
    webAddr: '127.0.0.1:0',
    ...options,
  });
  onTestFinished(() => inspector.close());
  const watch = await inspector.watch({
    ...{ name: 'app', isInspected: true, speaks: options.speaks ?? 'http1' },
    open: (how) => openUpstream(target, how),
  });
  return {
    ...{ inspector, watch, upstreamGot, upstreamClosed },
    exchange(request, answer) {
      const tap = watch.tap({ forwardId: 'f', clientAddress: '192.0.2.1:1234' });
      tap?.fromVisitor(Buffer.from(request, 'latin1'));
      tap?.fromUpstream(Buffer.from(answer, 'latin1'));
      tap?.closed(null);
    },
    ask: (path, ask) => askInspector(inspector, path, ask),
  };
}

async function startUpstream(
  answer: string,
  { upstreamGot: got, upstreamClosed: closed }: Pick<TestInspector, 'upstreamGot' | 'upstreamClosed'>,
): Promise<Server> {
  const server = createServer((socket) => {
    const at = got.push('') - 1;
    socket.on('error', () => {});
    socket.on('close', () => closed.push(at));
    socket.on('data', (bytes) => {
      got[at] += bytes.toString('latin1');
      socket.write(answer, 'latin1');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

async function askInspector({ url }: Inspector, path: string, options: AskOptions = {}): Promise<Asked> {
  const { method = 'GET', json, body = json === undefined ? undefined : JSON.stringify(json) } = options;
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  const request = httpRequest(`${url}${path}`, { method, headers: { ...type, ...options.headers }, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = await text(response);
  const isJson = response.headers['content-type']?.includes('json') ?? false;
  const { statusCode: status = 0, headers } = response;
  return { status, headers, text: answer, json: isJson ? JSON.parse(answer) : null };
}

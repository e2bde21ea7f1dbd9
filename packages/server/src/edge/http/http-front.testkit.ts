// A front on real sockets before a link in memory: what each test of this folder stands on.
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { AditError, newId } from '@adit/contracts';
import { type ConnectFacts, proceed } from '@adit/policy-kit';
import { onTestFinished } from 'vitest';
import { type FakeClock, fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { Chain } from '../../domain/chain.ts';
import type { EndpointScheme } from '../../domain/endpoint.ts';
import type { Grant, Grants } from '../../domain/grants.ts';
import type { Link, StreamRequest } from '../../domain/link.ts';
import type { Route } from '../../domain/route.ts';
import { HttpFront, type HttpFrontDeps } from './http-front.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Visitor } from './visitor-connection.ts';

/** What stands behind the link: a whole server, or whatever the test does with the bytes. */
export type Upstream = http.RequestListener | http.Server | { raw(stream: Duplex): void };

export const openChain: Chain = {
  isEmpty: true,
  connect: () => proceed,
  request: () => proceed,
  recheck: () => proceed,
  close() {},
};

export interface FakeLink extends Link {
  readonly opened: StreamRequest[];
  /** The edge's ends, in the order they were opened. */
  readonly streams: Duplex[];
}

/** A link in memory. `failing` makes `open` throw. */
export function fakeLink(upstream: Upstream, failing?: () => AditError | null): FakeLink {
  const server = upstream instanceof http.Server ? upstream : null;
  const own = typeof upstream === 'function' ? http.createServer({ keepAliveTimeout: 0 }, upstream) : server;
  const link: FakeLink = {
    kind: 'agent',
    opened: [],
    streams: [],
    open(request) {
      const error = failing?.();
      if (error) throw error;
      const [edge, far] = duplexPair();
      // As a multiplexed stream does: an end that is destroyed takes the other along.
      edge.once('close', () => far.destroy());
      far.once('close', () => {
        if (!far.writableFinished) edge.destroy(new AditError(9005));
      });
      far.on('error', () => {});
      link.opened.push(request);
      link.streams.push(edge);
      if (own) own.emit('connection', far);
      else (upstream as { raw(stream: Duplex): void }).raw(far);
      return edge;
    },
  };
  return link;
}

let generation = 0;

export function fakeRoute(host: string, options: { link: Link; chain?: Chain; scheme?: EndpointScheme }): Route {
  const scheme = options.scheme ?? 'https';
  return {
    endpoint: {
      id: newId('endpoint', Date.UTC(2026, 0, 1)),
      accountId: newId('account', Date.UTC(2026, 0, 1)),
      generation: ++generation,
      ...{ scheme, host, url: `${scheme}://${host}:8443`, forwardsTo: '', metadata: '', createdAtMs: 0 },
      credentialId: null,
      agentSessionId: null,
    },
    chain: options.chain ?? openChain,
    link: options.link,
    bindId: `bind-${host}`,
  };
}

/** The next generation of the same endpoint. */
export function renewed(route: Route, parts: Partial<Route> = {}): Route {
  return { ...route, ...parts, endpoint: { ...route.endpoint, generation: ++generation } };
}

export interface FakeGrants extends Grants {
  readonly live: Set<{ route: Route; cut(): void }>;
  admitted: number;
}

function fakeGrants(): FakeGrants {
  const live: FakeGrants['live'] = new Set();
  const grants: FakeGrants = {
    live,
    admitted: 0,
    admit(route, facts, cut): Grant {
      const entry = { route, cut };
      live.add(entry);
      grants.admitted++;
      return { route, facts, release: () => void live.delete(entry) };
    },
    cutByCredential: () => 0,
    cutByEndpoint(_, id) {
      const hit = [...live].filter((entry) => entry.route.endpoint.id === id);
      for (const entry of hit) entry.cut();
      return hit.length;
    },
    recheck: () => 0,
    get size() {
      return live.size;
    },
  };
  return grants;
}

export interface TestFront {
  readonly front: HttpFront;
  readonly port: number;
  readonly clock: FakeClock;
  readonly grants: FakeGrants;
  readonly routes: Map<string, Route>;
  readonly logged: Record<string, unknown>[];
  readonly counted: { statuses: number[]; reasons: string[]; active: number };
  /** Puts an endpoint online. */
  publish(route: Route): Route;
}

export const visitorFacts: ConnectFacts = { clientIp: '203.0.113.9', clientPort: 51234, serverName: null };

/** A front behind a listening socket on 127.0.0.1. The domain is `example.test`. */
export async function startFront(
  options: { visitor?: Partial<Visitor>; limits?: Partial<HttpLimits>; deps?: Partial<HttpFrontDeps> } = {},
): Promise<TestFront> {
  const clock = fakeClock();
  const grants = fakeGrants();
  const routes = new Map<string, Route>();
  const logged: Record<string, unknown>[] = [];
  const counted: TestFront['counted'] = { statuses: [], reasons: [], active: 0 };
  const note = (fields: object, message: string): void => void logged.push({ ...fields, message });
  const front = new HttpFront({
    routes: {
      find: (scheme, host) => routes.get(`${scheme} ${host}`),
      isKnownHost: (host) => routes.has(`https ${host}`),
    },
    domain: 'example.test',
    publicUrl: (scheme, host) => `${scheme}://${host}:8443`,
    grants,
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    metrics: {
      requestEnded: (status) => void counted.statuses.push(status),
      denied: (reason) => void counted.reasons.push(reason),
      activeStreams(change) {
        counted.active += change;
      },
    },
    ...(options.limits && { limits: options.limits }),
    ...options.deps,
  });
  const visitor: Visitor = { facts: visitorFacts, scheme: 'https', alpn: 'http/1.1', ...options.visitor };
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    front.accept(socket, visitor);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const publish = (route: Route): Route => {
    routes.set(`${route.endpoint.scheme} ${route.endpoint.host}`, route);
    return route;
  };
  return { front, port: (server.address() as AddressInfo).port, clock, grants, routes, logged, counted, publish };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** One request over HTTP/1.1, on a connection of its own unless `agent` is given. */
export function request(
  port: number,
  options: http.RequestOptions & { host?: string; body?: string } = {},
): Promise<Answer> {
  const { body, host = 'app.example.test', headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = http.request({
      agent: false,
      ...rest,
      host: '127.0.0.1',
      port,
      headers: { host, ...(headers as object) },
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      readAll(answer).then(
        (text) =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            rawHeaders: answer.rawHeaders,
            trailers: answer.trailers,
            body: text,
          }),
        reject,
      );
    });
    sent.end(body);
  });
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** Sends bytes as they are; answers all that comes back until the other side closes. */
export function exchangeBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

/** Waits for something that other turns of the loop bring about. Fails the test by its own time-out. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until a number has not moved for many turns of the loop. */
export async function stable(read: () => number): Promise<void> {
  let before = -1;
  let turns = 0;
  await until(() => {
    turns = read() === before ? turns + 1 : 0;
    before = read();
    return before > 0 && turns > 2000;
  });
}

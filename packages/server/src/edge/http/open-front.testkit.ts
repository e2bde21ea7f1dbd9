// A front on real sockets before a link in memory, for tests and for programs that are no vitest run.
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { ConnectFacts } from '@adit/policy-kit';
import { encodeProxyProtocol } from '@adit/wire';
import { type FakeClock, fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { Chain } from '../../domain/chain.ts';
import type { Endpoint, HttpScheme } from '../../domain/endpoint.ts';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { Grant, Grants } from '../../domain/grants.ts';
import type { Link, StreamRequest } from '../../domain/link.ts';
import type { Arrival, Route } from '../../domain/route.ts';
import { sampleEndpoint } from '../sample-endpoint.testkit.ts';
import { HttpFront, type HttpFrontDeps } from './http-front.ts';
import { defaultHttpLimits, type HttpLimits } from './http-limits.ts';
import type { Visitor } from './visitor-connection.ts';

/** What stands behind the link: a whole server, or whatever the test does with the bytes. */
export type Upstream = http.RequestListener | http.Server | { raw(stream: Duplex): void };

export const openChain: Chain = new FakeChain({ isEmpty: true });

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
      const { proxyProtocol, visitor } = request;
      if (proxyProtocol) edge.write(encodeProxyProtocol(proxyProtocol, visitor));
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

export interface RouteOptions {
  readonly link: Link;
  readonly chain?: Chain;
  readonly scheme?: HttpScheme;
  readonly upstreamProtocol?: Endpoint['upstreamProtocol'];
  readonly endpoint?: Partial<Endpoint>;
}

export function fakeRoute(host: string, options: RouteOptions): Route {
  const scheme = options.scheme ?? 'https';
  return {
    endpoint: sampleEndpoint({
      ...{ scheme, host, url: `${scheme}://${host}:8443`, generation: ++generation },
      ...options.endpoint,
      upstreamProtocol: options.upstreamProtocol ?? 'http1',
    }),
    chain: options.chain ?? openChain,
    link: options.link,
    bindId: `bind-${host}`,
    tls: null,
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
    admit(route, stream): Grant {
      const entry = { route, cut: () => stream.cut() };
      live.add(entry);
      grants.admitted++;
      return { route, release: () => void live.delete(entry) };
    },
    cutByCredential: () => 0,
    cutByAccount: () => 0,
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
  /** What `RouteTable.awaited` answers. */
  readonly awaited: Map<string, Arrival>;
  /** Has visitors of a host wait until the answer is resolved. */
  await(host: string): { resolve(): void; readonly waiting: number };
  readonly logged: Record<string, unknown>[];
  readonly counted: { statuses: number[]; reasons: string[]; active: number };
  /** Puts an endpoint online. */
  publish(route: Route): Route;
}

export const visitorFacts: ConnectFacts = {
  clientIp: '203.0.113.9',
  clientPort: 51234,
  serverIp: '192.0.2.1',
  serverPort: 443,
  serverName: null,
};

export interface FrontOptions {
  readonly visitor?: Partial<Visitor>;
  readonly limits?: Partial<HttpLimits>;
  /** Parts that replace ours; a function, if they need the front's own clock and limits. */
  readonly deps?: Partial<HttpFrontDeps> | ((own: { clock: FakeClock; limits: HttpLimits }) => Partial<HttpFrontDeps>);
}

/** A front behind a listening socket on 127.0.0.1. The domain is `example.test`. The caller closes it. */
export async function openFront(options: FrontOptions = {}): Promise<TestFront & { close(): void }> {
  const clock = fakeClock();
  const limits = { ...defaultHttpLimits, ...options.limits };
  const { deps, ...records } = recordingDeps(clock);
  const replaced = typeof options.deps === 'function' ? options.deps({ clock, limits }) : options.deps;
  const front = new HttpFront({ ...deps, clock, limits, ...replaced });
  const plain = { facts: visitorFacts, scheme: 'https', alpn: 'http/1.1', demands: null } as const;
  const visitor: Visitor = { ...plain, ...options.visitor };
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    front.accept(socket, visitor);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const publish = (route: Route): Route => {
    records.routes.set(`${route.endpoint.scheme} ${route.endpoint.host}`, route);
    return route;
  };
  const awaitHost = (host: string) => awaitedIn(records.awaited, host);
  return { await: awaitHost, front, port: (server.address() as AddressInfo).port, clock, ...records, publish, close };
}

function awaitedIn(awaited: Map<string, Arrival>, host: string): ReturnType<TestFront['await']> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  const leave = (): void => void waiting--;
  awaited.set(host, {
    // Read once by each who waits.
    get come() {
      waiting += 1;
      return promise;
    },
    giveUp: leave,
  });
  return {
    resolve,
    get waiting() {
      return waiting;
    },
  };
}

/** What a front stands on, writing down what it is told. */
function recordingDeps(clock: FakeClock) {
  const grants = fakeGrants();
  const routes = new Map<string, Route>();
  const awaited = new Map<string, Arrival>();
  const logged: Record<string, unknown>[] = [];
  const counted: TestFront['counted'] = { statuses: [], reasons: [], active: 0 };
  const note = (fields: object, message: string): void => void logged.push({ ...fields, message });
  const deps: HttpFrontDeps = {
    routes: {
      find: (scheme, host) => routes.get(`${scheme} ${host}`),
      findPort: () => undefined,
      current: (route) => routes.get(`${route.endpoint.scheme} ${route.endpoint.host}`),
      isOnline: (route) => routes.get(`${route.endpoint.scheme} ${route.endpoint.host}`) === route,
      isHeld: () => false,
      awaited: (_scheme, host) => awaited.get(host),
      isKnownHost: (host) => routes.has(`https ${host}`),
    },
    domain: 'example.test',
    publicUrl: (scheme, host) => `${scheme}://${host}:8443`,
    grants,
    clock,
    log: { isLevelEnabled: () => true, debug: note, info: note, warn: note, error: note },
    metrics: {
      requestEnded: (status) => void counted.statuses.push(status),
      denied: (reason) => void counted.reasons.push(reason),
      activeStreams(change) {
        counted.active += change;
      },
    },
  };
  return { deps, grants, routes, awaited, logged, counted };
}

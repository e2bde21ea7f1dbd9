// A raw front on a real socket before a link in memory. Everything closes with the test that asks for it.
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { onTestFinished } from 'vitest';
import { type FakeClock, fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { type FakeAnswers, FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { Grants } from '../../domain/grants.ts';
import type { InternalRoute, Route, TlsEnding } from '../../domain/route.ts';
import { createGrants } from '../grants/grants.ts';
import { type FakeLink, fakeLink } from '../http/open-front.testkit.ts';
import { sampleEndpoint } from '../sample-endpoint.testkit.ts';
import { RawFront } from './raw-front.ts';

export interface RawOptions {
  readonly connect?: FakeAnswers['connect'];
  /** What stands behind the link. Default: it echoes. */
  readonly upstream?: (stream: Duplex) => void;
  /** Makes `link.open` throw. */
  readonly failing?: () => AditError | null;
  readonly tls?: TlsEnding | null;
  readonly endpoint?: Partial<Endpoint>;
}

export interface TestRaw {
  readonly front: RawFront;
  readonly port: number;
  readonly clock: FakeClock;
  readonly grants: Grants;
  readonly link: FakeLink;
  readonly route: Route;
  /** Those of the visitors that were accepted. */
  readonly accepted: Socket[];
  readonly logged: Record<string, unknown>[];
  readonly denied: string[];
  readonly active: () => number;
  /** Puts another chain in the place of the endpoint's. */
  replaceChain(answers: FakeAnswers): void;
  /** An internal endpoint beside it, with the same link; again: another chain in the place of its own. */
  publishInternal(answers: FakeAnswers): InternalRoute;
  /** Takes the endpoint offline. */
  withdraw(): void;
  /** A visitor's connection. Its errors are in `errored`. */
  visit(): Socket;
}

export async function startRaw(options: RawOptions = {}): Promise<TestRaw> {
  const link = fakeLink({ raw: options.upstream ?? ((stream) => void stream.pipe(stream)) }, options.failing);
  const tls = options.tls ?? null;
  const endpoint = sampleEndpoint({ scheme: tls ? 'tls' : 'tcp', port: tls ? null : 20_001, ...options.endpoint });
  const chain = new FakeChain(options.connect ? { connect: options.connect } : {});
  const route: Route = { endpoint, chain, link, bindId: 'bind', tls };
  const online = new Set([route]);
  const { deps, ...records } = recordingDeps(online);
  const front = new RawFront(deps);
  const { accepted, port } = await listen((socket) => front.accept(socket, { route, facts: sampleConnectFacts() }));
  const visit = (): Socket => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  const replaceChain = (answers: FakeAnswers): void => {
    online.clear();
    online.add({ ...route, chain: new FakeChain(answers) });
  };
  const publishInternal = (answers: FakeAnswers): InternalRoute => {
    for (const one of online) if (one.bindId === 'inner') online.delete(one);
    const inner = { ...endpoint, host: 'inner.internal', binding: 'internal' } as const;
    const target = {
      url: 'tcp://inner.internal',
      route: { ...route, bindId: 'inner', endpoint: inner, chain: new FakeChain(answers) },
    };
    online.add(target.route);
    return target;
  };
  const withdraw = (): void => online.clear();
  return { front, port, link, route, accepted, visit, replaceChain, publishInternal, withdraw, ...records };
}

function recordingDeps(online: ReadonlySet<Route>) {
  const clock = fakeClock();
  const grants = createGrants({ clock });
  const logged: Record<string, unknown>[] = [];
  const denied: string[] = [];
  let active = 0;
  const note = (fields: object, message: string): void => void logged.push({ ...fields, message });
  const log = { isLevelEnabled: () => true, debug: note, info: note, warn: note, error: note };
  const metrics = {
    denied: (reason: string) => void denied.push(reason),
    activeStreams: (change: number) => {
      active += change;
    },
  };
  const routes = { current: (route: Route) => [...online].find(({ bindId }) => bindId === route.bindId) };
  return { deps: { routes, grants, clock, log, metrics }, clock, grants, logged, denied, active: () => active };
}

/** As the listener of TLS does: without half-open connections, which the front allows itself. */
async function listen(onSocket: (socket: Socket) => void): Promise<{ accepted: Socket[]; port: number }> {
  const accepted: Socket[] = [];
  const server = net.createServer((socket) => {
    accepted.push(socket);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { accepted, port: (server.address() as AddressInfo).port };
}

// A pool before upstreams in memory.
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { AditError } from '@adit/contracts';
import { HeldBudget } from '@adit/wire';
import { type FakeClock, fakeClock } from '../../../clock/fake-clock.testkit.ts';
import { FakeChain } from '../../../domain/fake-chain.testkit.ts';
import type { Link } from '../../../domain/link.ts';
import type { Route } from '../../../domain/route.ts';
import { sampleEndpoint } from '../../sample-endpoint.testkit.ts';
import { defaultHttpLimits, type HttpLimits } from '../http-limits.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { Http2Pool } from './http2-pool.ts';
import { RecordingReceiver } from './recording-receiver.testkit.ts';

const get: UpstreamRequest = {
  method: 'GET',
  path: '/',
  headers: ['Host', 'a.test'],
  body: 'none',
  upgrade: null,
};

export interface TestPool {
  readonly pool: Http2Pool;
  readonly clock: FakeClock;
  readonly held: HeldBudget;
  /** The edge's ends of the streams that were opened. */
  readonly near: Duplex[];
  readonly far: Duplex[];
  send(request?: Partial<UpstreamRequest>): { receiver: RecordingReceiver; exchange: ReturnType<Http2Pool['send']> };
}

/** A pool over streams in memory; `serve` gets the far end of each. */
export function startPool(
  serve: (far: Duplex) => void,
  limits: Partial<HttpLimits> = {},
  held: HeldBudget = new HeldBudget(defaultHttpLimits.h2MaxHeldBytesInAll),
): TestPool {
  const near: Duplex[] = [];
  const far: Duplex[] = [];
  const link: Link = {
    kind: 'agent',
    open() {
      const [edge, service] = duplexPair();
      // As a multiplexed stream does: an end that is destroyed takes the other along.
      edge.once('close', () => service.destroy());
      service.once('close', () => {
        if (!service.writableFinished) edge.destroy(new AditError(9005));
      });
      service.on('error', () => {});
      near.push(edge);
      far.push(service);
      serve(service);
      return edge;
    },
  };
  const clock = fakeClock();
  const pool = new Http2Pool(
    routeTo(link),
    { clientIp: '203.0.113.9', clientPort: 51234, serverIp: '192.0.2.1', serverPort: 443, serverName: null },
    {
      ...{ clock, held },
      limits: { ...defaultHttpLimits, ...limits },
    },
  );
  return {
    ...{ pool, clock, held, near, far },
    send(request = {}) {
      const receiver = new RecordingReceiver();
      return { receiver, exchange: pool.send({ ...get, ...request }, receiver) };
    },
  };
}

function routeTo(link: Link): Route {
  return {
    endpoint: sampleEndpoint({ host: 'a.test', upstreamProtocol: 'http2' }),
    chain: new FakeChain({ isEmpty: true }),
    link,
    bindId: 'bind',
    tls: null,
  };
}

export interface Http2Upstream {
  serve(far: Duplex): void;
  readonly sessions: ServerHttp2Session[];
  readonly streams: ServerHttp2Stream[];
}

/** A server by node:http2. `answer` gets each request with its header lines as they came. */
export function http2Upstream(
  answer: (stream: ServerHttp2Stream, lines: string[]) => void,
  settings: http2.Settings = {},
): Http2Upstream {
  const upstream: Http2Upstream = {
    sessions: [],
    streams: [],
    serve(far) {
      const session = http2.performServerHandshake(far, { settings });
      session.on('error', () => {});
      session.on('stream', (...[stream, , , lines]) => {
        stream.on('error', () => {});
        upstream.streams.push(stream);
        answer(stream, lines);
      });
      upstream.sessions.push(session);
    },
  };
  return upstream;
}

import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
  type SessionOptions,
} from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import type { ConnectionTap } from '@adit/sdk';
import { onTestFinished } from 'vitest';

export type Passed = readonly [from: 'visitor' | 'upstream', bytes: Buffer];

export interface TappedPeers {
  readonly visitor: ClientHttp2Session;
  /** Every piece that passed between the two, in its order. */
  readonly passed: Passed[];
  /** Ends the connection in order, and waits for that. */
  end(): Promise<void>;
}

/** The runtime's own HTTP/2, both halves, and what passes between them. */
export function tappedPeers(
  onStream: (stream: ServerHttp2Stream, lines: string[]) => void,
  settings: SessionOptions['settings'] = {},
): TappedPeers {
  const server: Http2Server = createServer({ settings });
  server.on('stream', (stream, _headers, _flags, lines) => {
    stream.on('error', () => {});
    onStream(stream, lines);
  });
  server.on('session', (session) => session.on('error', () => {}));
  const [near, visitorEnd] = duplexPair();
  const [far, upstreamEnd] = duplexPair();
  const passed: Passed[] = [];
  passOn(visitorEnd, upstreamEnd, (bytes) => passed.push(['visitor', bytes]));
  passOn(upstreamEnd, visitorEnd, (bytes) => passed.push(['upstream', bytes]));
  server.emit('connection', far);
  const visitor = connect('http://localhost', { createConnection: () => near, settings });
  visitor.on('error', () => {});
  onTestFinished(() => {
    visitor.destroy();
    far.destroy();
    near.destroy();
  });
  return {
    ...{ visitor, passed },
    async end() {
      const closed = once(visitor, 'close');
      visitor.close();
      await closed;
    },
  };
}

function passOn(from: Duplex, to: Duplex, see: (bytes: Buffer) => void): void {
  from.on('data', (bytes: Buffer) => {
    see(Buffer.from(bytes));
    to.write(bytes);
  });
  from.on('error', () => {}).on('end', () => to.end());
}

/** Lets a tap see what passed. */
export function showTo(
  tap: Pick<ConnectionTap, 'fromVisitor' | 'fromUpstream'> | undefined,
  passed: readonly Passed[],
) {
  for (const [from, bytes] of passed) {
    if (from === 'visitor') tap?.fromVisitor(bytes);
    else tap?.fromUpstream(bytes);
  }
}

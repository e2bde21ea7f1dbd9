import { type Duplex, duplexPair } from 'node:stream';
import { AditError } from '@adit/contracts';
import { errorCodes, type MuxStream, takeProxyHeader } from '@adit/wire';
import type { Clock } from '../clock.ts';
import { folderServer } from '../folder/folder-server.ts';
import { type HandlerUpstream, type NetworkProtocol, type Upstream } from '../upstream/upstream.ts';
import { usesTls } from '../upstream/upstream-dial.ts';
import { join } from './relay-join.ts';
import { relayLimits as limits } from './relay-limits.ts';
import { NetworkRelay } from './relay-network.ts';
import type { AgentTls } from './relay-tls.ts';
import type { ConnectionTap, Tap, TappedConnection } from './tap.ts';

/** How the visitors of one endpoint are carried. */
export interface RelayTarget {
  readonly upstream: Upstream;
  /** Of the endpoint. */
  readonly scheme: NetworkProtocol;
  /** Set: visitors' TLS ends here. */
  readonly tls?: AgentTls | undefined;
  /** The server puts a PROXY header before each visitor's bytes. */
  readonly hasProxyHeader?: boolean | undefined;
  readonly tap?: Tap | undefined;
}

export interface RelayOptions extends RelayTarget {
  readonly connection: TappedConnection;
  readonly clock: Clock;
  /** True: the server knows our reset codes. False: it has to be told in HTTP (agent protocol, §12.3). */
  readonly hasResetCodes: boolean;
  /** Called at most once: the upstream has taken the connection. */
  onReached(): void;
  /** Called once, when the stream is over. Null: the upstream did not refuse it. */
  onClosed(failure: AditError | null): void;
}

/**
 * Carries one visitor connection to the upstream: bytes as they are, both ways, with backpressure and half-close. Takes
 * the stream over. An upstream that cannot be reached is told to the server by reset code; one that breaks off later
 * resets the stream, so that half an answer never looks whole.
 */
export function relay(stream: MuxStream, options: RelayOptions): void {
  const tap = options.tap?.(options.connection);
  let failure: AditError | null = null;
  stream.once('close', () => {
    options.onClosed(failure);
    tap?.closed(failure);
  });
  const carry = (visitor: Duplex, head: Buffer | null) => {
    const { upstream } = options;
    if (upstream.kind !== 'network') {
      options.onReached();
      return handOver({ stream, visitor, tap, options, upstream });
    }
    const onFailure = (error: AditError) => {
      failure = error;
    };
    if (!stream.destroyed) new NetworkRelay({ ...options, stream, visitor, head, tap, upstream, onFailure });
  };
  // Most streams need nothing of the kind, and are served at once.
  if (!options.tls && !mustTakeHeader(options)) return carry(stream, null);
  receive(stream, options).then(
    ({ visitor, head }) => carry(visitor, head),
    () => stream.abort(),
  );
}

/** In front of bytes that stay as they are the header may stay where it is; in front of TLS it has to move. */
function mustTakeHeader({ hasProxyHeader, tls, upstream }: RelayTarget): boolean {
  return hasProxyHeader === true && (tls !== undefined || (upstream.kind === 'network' && usesTls(upstream)));
}

/** Takes off what is around the visitor's bytes: the PROXY header of the server, then TLS. */
async function receive(stream: MuxStream, options: RelayOptions): Promise<{ visitor: Duplex; head: Buffer | null }> {
  const cancelTimeout = options.clock.after(limits.handshakeTimeoutMs, () => stream.abort());
  try {
    const head = mustTakeHeader(options) ? await takeHeader(stream) : null;
    const visitor = options.tls ? await options.tls.end(stream) : stream;
    return { visitor, head };
  } finally {
    cancelTimeout();
  }
}

async function takeHeader(stream: MuxStream): Promise<Buffer> {
  const taken = await takeProxyHeader(stream, limits.maxProxyHeaderBytes);
  if (taken.status === 'complete') return taken.header;
  if (taken.status === 'gone') throw new AditError(9005);
  throw new AditError(9400, 'Cannot carry the connection: the server put no PROXY header before it');
}

interface HandOver {
  readonly stream: MuxStream;
  readonly visitor: Duplex;
  readonly tap: ConnectionTap | undefined;
  readonly upstream: Exclude<Upstream, { kind: 'network' }>;
  readonly options: RelayOptions;
}

function handOver({ stream, visitor, tap, upstream, options: { connection } }: HandOver): void {
  const accept: HandlerUpstream['accept'] =
    upstream.kind === 'folder' ? folderServer(upstream) : (taken, whose) => upstream.accept(taken, whose);
  let taken = visitor;
  if (tap) {
    // Whoever takes it may read it in any way; a listener of ours on the same stream would take bytes away.
    const [near, far] = duplexPair();
    taken = near;
    join({ visitor, service: far, tap });
    near.on('error', () => {});
    near.once('close', () => {
      if (!near.readableEnded || !near.writableFinished) stream.reset(errorCodes.streamReset);
    });
    stream.once('close', () => near.destroy());
  }
  // Not within our own work: what a handler throws is its program's to see, not ours to swallow.
  queueMicrotask(() => accept(taken, connection));
}

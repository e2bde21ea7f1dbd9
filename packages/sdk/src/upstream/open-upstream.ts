import { type Duplex, duplexPair } from 'node:stream';
import type { Clock } from '../clock.ts';
import { folderServer } from '../folder/folder-server.ts';
import { reachUpstream } from './reach-upstream.ts';
import type { FolderUpstream, NetworkUpstream } from './upstream.ts';
import { upstreamError } from './upstream-failure.ts';

export interface OpenUpstreamOptions {
  /** A PROXY header, which goes before everything else, TLS included; a folder has no use for it. Null: none. */
  readonly head: Buffer | null;
  readonly clock: Clock;
  /** An upstream must have accepted, and ended the TLS handshake, by then. */
  readonly timeoutMs: number;
}

/**
 * One connection to an upstream, beside those of visitors; resolves once bytes may flow. The stream is the caller's, its
 * errors as well.
 *
 * @throws {AditError} 8012, 9001: it cannot be reached. 9308: the agent may open no more files.
 */
export function openUpstream(
  upstream: NetworkUpstream | FolderUpstream,
  { head, clock, timeoutMs }: OpenUpstreamOptions,
): Promise<Duplex> {
  if (upstream.kind === 'folder') return Promise.resolve(openFolder(upstream));
  return new Promise((resolve, reject) => {
    const onFailed = (why: Parameters<typeof upstreamError>[1]) => reject(upstreamError(upstream, why));
    reachUpstream({ upstream, head, clock, timeoutMs, onReached: resolve, onFailed });
  });
}

function openFolder(upstream: FolderUpstream): Duplex {
  const [near, far] = duplexPair();
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  folderServer(upstream)(far);
  return near;
}

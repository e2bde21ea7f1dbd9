import { stat } from 'node:fs/promises';
import { type MuxStream, parseUpstreamProbeRequest, readMessage, reply, type UpstreamProbeReply } from '@adit/wire';
import type { Clock } from '../clock.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { type ProbeState, probeDial } from './health-dial.ts';
import { defaultHealthLimits as limits } from './health-limits.ts';
import { localProxyHeader } from './health-proxy-header.ts';

/** What a probe needs of the session. */
export interface ProbeHost {
  readonly clock: Clock;
  findForward(id: string): Promise<{ readonly upstream: Upstream } | undefined>;
}

/**
 * Answers one upstreamProbe of the server: dials the upstream of that bind as a visitor's connection would, tells how that
 * went, and lets go of it. Takes the stream over.
 *
 * @throws {AditError} 9400, 9005: the request cannot be read. The caller should reset the stream.
 */
export async function serveUpstreamProbe(stream: MuxStream, host: ProbeHost): Promise<void> {
  const request = parseUpstreamProbeRequest(await readMessage(stream, { maxBytes: limits.maxRequestBytes }));
  const gone = new AbortController();
  stream.once('close', () => gone.abort());
  const forward = await host.findForward(request.Id);
  const startedAtMs = host.clock.now();
  const options = { clock: host.clock, head: localProxyHeader(request.ProxyProto), signal: gone.signal };
  const State = forward ? await probe(forward.upstream, options) : 'unknownBind';
  if (stream.destroyed) return;
  const answer: UpstreamProbeReply = { State, Milliseconds: Math.max(0, Math.round(host.clock.now() - startedAtMs)) };
  reply(stream, answer);
}

async function probe(
  upstream: Upstream,
  options: { clock: Clock; head: Buffer | null; signal: AbortSignal },
): Promise<ProbeState> {
  switch (upstream.kind) {
    case 'network':
      return await probeDial({ ...options, upstream });
    case 'folder':
      return (await isFolder(upstream.path)) ? 'ok' : 'unreachable';
    case 'handler':
      return 'ok';
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

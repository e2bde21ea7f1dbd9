import { AditError } from '@adit/contracts';
import {
  call,
  type MuxProfile,
  type MuxSession,
  parseUpstreamProbeReply,
  probe,
  streamTypes,
  type UpstreamProbeRequest,
} from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';
import type { ProxyProtocol } from '../../domain/endpoint.ts';
import type { UpstreamState } from '../../domain/endpoint-health.ts';
import type { UpstreamProbeLimits } from './upstream-probe-limits.ts';

/** Which upstream. */
export interface ProbeTarget {
  readonly bindId: string;
  readonly proxyProtocol: ProxyProtocol;
}

export interface UpstreamProbeOptions {
  readonly profile: MuxProfile;
  readonly clock: Clock;
  readonly limits: UpstreamProbeLimits;
}

/** How far a probe came: through the session, and on to the upstream. */
export interface UpstreamProbe {
  readonly isLinkUp: boolean;
  /** Milliseconds to the agent and back; null: no echo. */
  readonly linkMs: number | null;
  readonly upstream: UpstreamState;
  /** Milliseconds that the upstream took; null where it was not asked. */
  readonly upstreamMs: number | null;
}

const linkDown: UpstreamProbe = { isLinkUp: false, linkMs: null, upstream: 'unknown', upstreamMs: null };

/**
 * Asks the agent for a sign of life, then to dial the upstream of one bind. Only agents of ours know that question:
 * others are never asked it, and their upstream stays `unknown`. Never rejects.
 */
export async function probeUpstream(
  session: MuxSession,
  target: ProbeTarget,
  options: UpstreamProbeOptions,
): Promise<UpstreamProbe> {
  const { clock, limits, profile } = options;
  const startedAtMs = clock.now();
  const isEchoed = await probe(session, { timeoutMs: limits.linkTimeoutMs, timer: clock }).catch(nothingLearnt);
  if (isEchoed === false) return linkDown;
  const linkMs = isEchoed ? clock.now() - startedAtMs : null;
  if (profile.name !== 'adit/1') return { isLinkUp: true, linkMs, upstream: 'unknown', upstreamMs: null };
  const answer = await ask(session, target, limits.timeoutMs);
  return session.isClosed ? linkDown : { isLinkUp: true, linkMs, ...answer };
}

async function ask(
  session: MuxSession,
  { bindId, proxyProtocol }: ProbeTarget,
  timeoutMs: number,
): Promise<Pick<UpstreamProbe, 'upstream' | 'upstreamMs'>> {
  try {
    const body: UpstreamProbeRequest = { Id: bindId, ProxyProto: proxyProtocol };
    const answer = await call(session, { type: streamTypes.upstreamProbe, body }, { timeoutMs });
    const { State, Milliseconds } = parseUpstreamProbeReply(answer);
    return { upstream: State, upstreamMs: Math.max(0, Milliseconds) };
  } catch (error) {
    nothingLearnt(error);
    return { upstream: 'unknown', upstreamMs: null };
  }
}

/** No stream could be opened, or the agent did not answer as declared: that says nothing about the upstream. */
function nothingLearnt(error: unknown): undefined {
  if (!(error instanceof AditError)) throw error;
  return undefined;
}

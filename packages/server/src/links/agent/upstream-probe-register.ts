import { AditError, type ErrorCode } from '@adit/contracts';
import type { MuxSession } from '@adit/wire';
import type { EndpointHealth, HealthState, UpstreamState } from '../../domain/endpoint-health.ts';
import type { AgentStream } from './agent-stream.ts';
import { type ProbeTarget, probeUpstream, type UpstreamProbe, type UpstreamProbeOptions } from './upstream-probe.ts';

/** What visitors' connections to one bind told by themselves. */
interface Live {
  /** What the last one that said anything about the upstream said. */
  state: HealthState | undefined;
  atMs: number;
  lastFailure: EndpointHealth['lastFailure'];
}

interface Probed {
  readonly atMs: number;
  readonly probing: Promise<UpstreamProbe>;
}

/** What a failure says about where the fault is; others (9005, 3004, 3210) say that it is not one of these. */
const statesByCode: ReadonlyMap<ErrorCode, HealthState> = new Map([
  [3200, 'link_down'],
  [8012, 'upstream_refusing'],
  [9001, 'upstream_slow'],
]);

const statesByUpstream = {
  refused: 'upstream_refusing',
  unreachable: 'upstream_refusing',
  tls: 'upstream_refusing',
  timeout: 'upstream_slow',
  unknownBind: 'link_down',
  unknown: 'agent_alive',
} as const satisfies Record<Exclude<UpstreamState, 'ok'>, HealthState>;

/**
 * How the endpoints of one agent session are: learnt from visitors' connections as they end, and by probing when somebody
 * asks. The newer of the two counts.
 */
export class HealthRegister {
  readonly #session: MuxSession;
  readonly #options: UpstreamProbeOptions;
  readonly #live = new Map<string, Live>();
  readonly #probed = new Map<string, Probed>();

  constructor(session: MuxSession, options: UpstreamProbeOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** A visitor's connection was opened: how it ends will be noted. */
  watch(bindId: string, stream: AgentStream): void {
    if (!this.#live.has(bindId)) this.#live.set(bindId, { state: undefined, atMs: 0, lastFailure: null });
    stream.once('close', () => this.#note(bindId, stream));
  }

  /** Probes, unless that was done within `intervalMs`; callers at the same time share one probe. Never rejects. */
  async check(target: ProbeTarget): Promise<EndpointHealth> {
    const { atMs: checkedAtMs, probing } = this.#probe(target);
    const { isLinkUp, ...probe } = await probing;
    const live = this.#live.get(target.bindId);
    const isLiveNewer = live !== undefined && live.atMs >= checkedAtMs;
    const state = this.#stateOf({ isLinkUp, ...probe }, live?.state, isLiveNewer);
    return { state, checkedAtMs: this.#timeOfDay(checkedAtMs), ...probe, lastFailure: live?.lastFailure ?? null };
  }

  /** The bind is gone. */
  forget(bindId: string): void {
    this.#live.delete(bindId);
    this.#probed.delete(bindId);
  }

  /** For people. */
  #timeOfDay(atMs: number): number {
    const { clock } = this.#options;
    return clock.timeOfDay() - (clock.now() - atMs);
  }

  #probe(target: ProbeTarget): Probed {
    const { clock, limits } = this.#options;
    const last = this.#probed.get(target.bindId);
    if (last && clock.now() - last.atMs < limits.intervalMs) return last;
    const probed = { atMs: clock.now(), probing: probeUpstream(this.#session, target, this.#options) };
    this.#probed.set(target.bindId, probed);
    return probed;
  }

  #stateOf(probe: UpstreamProbe, live: HealthState | undefined, isLiveNewer: boolean): HealthState {
    if (this.#session.isClosed || !probe.isLinkUp) return 'link_down';
    if (live !== undefined && (isLiveNewer || probe.upstream === 'unknown')) return live;
    if (probe.upstream !== 'ok') return statesByUpstream[probe.upstream];
    return (probe.upstreamMs ?? 0) > this.#options.limits.slowMs ? 'upstream_slow' : 'healthy';
  }

  /** A connection that failed after the first byte says nothing about whether the next one will reach the upstream. */
  #note(bindId: string, stream: AgentStream): void {
    const live = this.#live.get(bindId);
    if (!live) return;
    const atMs = this.#options.clock.now();
    const error = stream.errored;
    const code = error instanceof AditError ? error.code : undefined;
    if (code !== undefined) live.lastFailure = { code, atMs: this.#timeOfDay(atMs) };
    const state = stream.hasData ? 'healthy' : code && statesByCode.get(code);
    if (state) Object.assign(live, { state, atMs });
  }
}

import type { AditError } from '@adit/contracts';
import { type AgentSession, type Clock, connect, type Forward, type SessionStatus } from '@adit/sdk';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { Inspector } from '../inspector/index.ts';
import type { AgentView, ViewedEndpoint } from '../view/index.ts';
import type { AgentPlan, ReadPlan } from './agent-plan.ts';
import type { AgentSettings } from './agent-settings.ts';
import { agentVersion } from './agent-version.ts';
import { LiveEndpoints } from './live-endpoints.ts';
import type { LocalAgent } from './local-agent.ts';
import { RestartRequest } from './restart-request.ts';
import { runLimits } from './run-limits.ts';
import { watchedEndpoint } from './watched-endpoint.ts';

/** What holds until the next restart. */
export interface InForce {
  settings: AgentSettings;
  /** Those of log, screen and inspector are for the whole run. */
  readonly atStart: AgentSettings;
  /** Every authtoken that was used. */
  readonly secrets: string[];
}

/** What all sessions of one run share. */
export interface RunContext {
  readonly readPlan: ReadPlan;
  readonly view: AgentView;
  readonly inForce: InForce;
  readonly agent: LocalAgent;
  readonly inspecting: Promise<Inspector>;
  readonly clock: Clock;
  /** Of the session; undefined: its own, which notices that the machine has slept. */
  readonly sessionClock: Clock | undefined;
  readonly interrupted: AbortSignal;
  /** See `ConnectOptions`. Of sessions beside each other the first has it. */
  readonly stateFile: string;
}

/** Why a session does not go on by itself: null when somebody stopped it, else the error, or the plan of a restart. */
export type Outcome = AditError | AgentPlan | null;

/** A session of the run with its endpoints, and what tells of both. */
export class RunningSession {
  readonly endpoints: LiveEndpoints;
  readonly restart: RestartRequest;
  readonly #session: AgentSession;
  readonly #inspector: Inspector;
  readonly #context: RunContext;
  readonly #empty = Promise.withResolvers<AditError | null>();
  readonly #onStatus: (status: SessionStatus) => void;
  readonly #onRoundTrip: (milliseconds: number) => void;
  readonly #quiet = Promise.withResolvers<void>();
  #connections = 0;

  private constructor(
    { session, inspector, restart }: { session: AgentSession; inspector: Inspector; restart: RestartRequest },
    context: RunContext,
  ) {
    const { view } = context;
    this.#session = session;
    this.#inspector = inspector;
    this.#context = context;
    this.restart = restart;
    this.endpoints = new LiveEndpoints({
      session,
      watch: (definition) => inspector.watch(watchedEndpoint(definition)),
      onOnline: ({ forward, definition }) => view.endpoint(viewed(forward, definition)),
      onChange: () => inspector.agentChanged(),
    });
    this.#onStatus = (status) => view.status(status);
    this.#onRoundTrip = (milliseconds) => view.roundTrip(milliseconds);
    session.on('forward', (event) => view.forward(event));
    session.on('connection', (event) => {
      view.connection(event);
      if (event.state === 'opened') this.#connections++;
      if (event.state === 'closed' && --this.#connections === 0) this.#quiet.resolve();
    });
  }

  /** Connects; nothing is online yet, and the views know of no other session than before. @throws {AditError} As `connect`. */
  static async open(settings: AgentSettings, context: RunContext): Promise<RunningSession> {
    const restart = new RestartRequest({
      readPlan: context.readPlan,
      onRefused: (error) => context.view.restarted(error),
    });
    const session = await openSession(settings, restart, context);
    try {
      return new RunningSession({ session, inspector: await context.inspecting, restart }, context);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get isOver(): boolean {
    return this.#session.status.state === 'closed';
  }

  /** From now on it is the session that the user sees. */
  show(): void {
    const { agent } = this.#context;
    agent.use(this.#session, this.endpoints);
    this.#onStatus(this.#session.status);
    this.#session.on('status', this.#onStatus).on('status', () => this.#inspector.agentChanged());
    this.#session.on('roundTrip', this.#onRoundTrip);
    this.#inspector.agentChanged();
  }

  /** Brings the first endpoints online. @throws {AditError} As `LiveEndpoints.startAll`. */
  async startAll(definitions: readonly EndpointDefinition[]): Promise<void> {
    await this.endpoints.startAll(definitions);
    this.endWithEndpoints(definitions);
  }

  /** The run is over when the last endpoint is, if it had any to begin with. */
  endWithEndpoints({ length }: readonly EndpointDefinition[]): void {
    if (length > 0) void this.endpoints.whenEmpty().then(this.#empty.resolve);
  }

  /** Resolves when it does not go on by itself. */
  outcome(): Promise<Outcome> {
    return Promise.race([this.restart.asked, this.#session.closed, this.#empty.promise]);
  }

  /** Another session has its endpoints. Visitors who are here may stay for a while. */
  async retire(): Promise<void> {
    this.restart.end();
    this.#session.off('status', this.#onStatus).off('roundTrip', this.#onRoundTrip);
    const cancel = this.#context.clock.after(runLimits.restartDrainMs, this.#quiet.resolve);
    if (this.#connections > 0) await Promise.race([this.#quiet.promise, this.#session.closed]);
    cancel();
    await this.close();
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

function openSession(
  settings: AgentSettings,
  { accept, check }: RestartRequest,
  { sessionClock: clock, interrupted, stateFile }: RunContext,
): Promise<AgentSession> {
  const { serverAddr, authtoken, caFile, metadata, proxyUrl, connectTimeoutMs } = settings;
  const { legs, heartbeatIntervalMs, heartbeatToleranceMs, remoteManagement } = settings;
  return connect({
    ...{ serverAddr, authtoken, caFile, metadata, proxyUrl, connectTimeoutMs, legs, stateFile },
    ...{ heartbeatIntervalMs, heartbeatToleranceMs, clock, remoteManagement },
    ...{ onRestart: accept, checkRestart: check },
    client: { name: 'adit-agent', version: agentVersion },
    signal: interrupted,
  });
}

/** Id and URL are read whenever they are shown. */
function viewed(forward: Forward, { name }: EndpointDefinition): ViewedEndpoint {
  return {
    get id() {
      return forward.id;
    },
    get url() {
      return forward.url;
    },
    labels: forward.labels,
    upstreamUrl: forward.upstreamUrl,
    name,
  };
}

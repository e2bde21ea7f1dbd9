import { type AditError, toAditError } from '@adit/contracts';
import { type AgentSession, type Clock, connect, type Forward, systemClock } from '@adit/sdk';
import type { CommandIo } from '../command.ts';
import { sessionStateFile } from '../config/state-files.ts';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { Inspector } from '../inspector/index.ts';
import { type AgentView, createView, type ViewedEndpoint } from '../view/index.ts';
import type { AgentSettings } from './agent-settings.ts';
import { agentVersion } from './agent-version.ts';
import { LiveEndpoints } from './live-endpoints.ts';
import { LocalAgent } from './local-agent.ts';
import { openLog } from './log-settings.ts';
import { startInspector } from './start-inspector.ts';
import { watchedEndpoint } from './watched-endpoint.ts';

export interface AgentRun {
  readonly settings: AgentSettings;
  /** What to bring online. Empty: nothing yet; the run then ends with its session. */
  readonly definitions: readonly EndpointDefinition[];
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

/**
 * One run of the agent: a session, its endpoints, and what tells of them, until the user or an operator stops it, or the
 * last endpoint is over. Answers the exit code: 0 after a stop, else by the kind of the error, which has been printed.
 *
 * @throws {AditError} 9202: the log cannot be written. Whatever goes wrong later is told by the view.
 */
export async function runAgent(run: AgentRun, io: CommandIo): Promise<number> {
  const { settings, clock = systemClock } = run;
  const stop = new AbortController();
  const interrupted = AbortSignal.any([io.interrupted, stop.signal]);
  const view = createView({
    io,
    clock,
    log: await openLog(settings.log, io),
    hasScreen: settings.log.hasScreen,
    secrets: [settings.authtoken],
    heartbeatIntervalMs: settings.heartbeatIntervalMs,
    drawQr: io.drawQr,
    onInterrupt: () => stop.abort(),
  });
  try {
    for (const warning of settings.warnings) view.warning(warning);
    const stateFile = sessionStateFile([settings.serverAddr, run.definitions], io.env);
    const reason = await serve({ ...run, view, interrupted, viewClock: clock, stateFile });
    view.end(reason);
    return reason?.exitCode ?? 0;
  } catch (cause) {
    const error = interrupted.aborted ? null : toAditError(cause);
    view.end(error);
    return error?.exitCode ?? 0;
  }
}

interface Serving extends AgentRun {
  readonly viewClock: Clock;
  readonly stateFile: string;
  readonly view: AgentView;
  readonly interrupted: AbortSignal;
}

/** Answers why it is over: null when somebody stopped it. A restart asked for by an operator begins anew. */
async function serve(serving: Serving): Promise<AditError | null> {
  const { settings, view, viewClock: clock } = serving;
  const agent = new LocalAgent();
  // Beside the connection to the server, which it must not hold up.
  const inspecting = startInspector({ settings: settings.inspector, agent, view, clock });
  inspecting.catch(() => {});
  try {
    for (;;) {
      const outcome = await serveOnce(serving, { agent, inspecting });
      if (outcome !== 'restart') return outcome;
      serving.interrupted.throwIfAborted();
    }
  } finally {
    await inspecting.then(
      (inspector) => inspector.close(),
      () => {},
    );
  }
}

type Outcome = AditError | null | 'restart';

async function serveOnce(
  serving: Serving,
  { agent, inspecting }: { agent: LocalAgent; inspecting: Promise<Inspector> },
): Promise<Outcome> {
  const { view, definitions } = serving;
  const over = Promise.withResolvers<Outcome>();
  const session = await openSession(serving, () => over.resolve('restart'));
  try {
    const inspector = await inspecting;
    const endpoints = new LiveEndpoints({
      session,
      watch: (definition) => inspector.watch(watchedEndpoint(definition)),
      onOnline: ({ forward, definition }) => view.endpoint(viewed(forward, definition)),
      onChange: () => inspector.agentChanged(),
    });
    agent.use(session, endpoints);
    watch(session, view);
    session.on('status', () => inspector.agentChanged());
    await endpoints.startAll(definitions);
    if (definitions.length > 0) void endpoints.whenEmpty().then(over.resolve);
    return await Promise.race([over.promise, session.closed]);
  } finally {
    await session.close();
  }
}

function openSession(
  { settings, clock, interrupted, stateFile }: Serving,
  onRestart: () => void,
): Promise<AgentSession> {
  const { serverAddr, authtoken, caFile, metadata, proxyUrl, connectTimeoutMs } = settings;
  const { legs, heartbeatIntervalMs, heartbeatToleranceMs } = settings;
  return connect({
    ...{ serverAddr, authtoken, caFile, metadata, proxyUrl, connectTimeoutMs, legs, stateFile },
    // Without a clock it takes its own, which notices that the machine has slept.
    ...{ heartbeatIntervalMs, heartbeatToleranceMs, clock, onRestart },
    client: { name: 'adit-agent', version: agentVersion },
    signal: interrupted,
  });
}

function watch(session: AgentSession, view: AgentView): void {
  view.status(session.status);
  session.on('status', (status) => view.status(status));
  session.on('forward', (event) => view.forward(event));
  session.on('connection', (event) => view.connection(event));
  session.on('roundTrip', (milliseconds) => view.roundTrip(milliseconds));
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
    upstreamUrl: forward.upstreamUrl,
    name,
  };
}

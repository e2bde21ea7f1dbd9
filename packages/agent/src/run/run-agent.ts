import { type AditError, toAditError } from '@adit/contracts';
import { type Clock, systemClock } from '@adit/sdk';
import type { CommandIo } from '../command.ts';
import { sessionStateFile } from '../config/state-files.ts';
import { createView } from '../view/index.ts';
import { agentIdentity } from './agent-identity.ts';
import type { AgentPlan, ReadPlan } from './agent-plan.ts';
import { collectWhenSettled } from './collect-when-settled.ts';
import { LocalAgent } from './local-agent.ts';
import { openLog } from './log-settings.ts';
import { restart } from './restart.ts';
import { type InForce, type Outcome, type RunContext, RunningSession } from './running-session.ts';
import { startInspector } from './start-inspector.ts';

export interface AgentRun {
  readonly readPlan: ReadPlan;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

/**
 * One run of the agent: a session, its endpoints, and what tells of them, until the user or an operator stops it, or the
 * last endpoint is over. Answers the exit code: 0 after a stop, else by the kind of the error, which has been printed.
 *
 * @throws {AditError} 9203: the log cannot be written. As `ReadPlan`. Whatever goes wrong later is told by the view.
 */
export async function runAgent(run: AgentRun, io: CommandIo): Promise<number> {
  const { clock = systemClock } = run;
  const plan = await run.readPlan();
  const { settings } = plan;
  const inForce: InForce = { settings, atStart: settings, secrets: [settings.authtoken] };
  const stop = new AbortController();
  const interrupted = AbortSignal.any([io.interrupted, stop.signal]);
  const view = createView({
    io,
    clock,
    log: await openLog(settings.log, io),
    hasScreen: settings.log.hasScreen,
    secrets: inForce.secrets,
    heartbeatIntervalMs: () => inForce.settings.heartbeatIntervalMs,
    drawQr: io.drawQr,
    onInterrupt: () => stop.abort(),
  });
  try {
    const stateFile = sessionStateFile(agentIdentity(plan), io.env);
    const context = { ...run, view, inForce, interrupted, clock, sessionClock: run.clock, stateFile };
    const reason = await serve(plan, context);
    view.end(reason);
    return reason?.exitCode ?? 0;
  } catch (cause) {
    const error = interrupted.aborted ? null : toAditError(cause);
    view.end(error);
    return error?.exitCode ?? 0;
  }
}

/** Answers why it is over: null when somebody stopped it. */
async function serve(plan: AgentPlan, run: Omit<RunContext, 'agent' | 'inspecting'>): Promise<AditError | null> {
  const { view, clock } = run;
  for (const warning of plan.settings.warnings) view.warning(warning);
  const agent = new LocalAgent();
  // Beside the connection to the server, which it must not hold up.
  const inspecting = startInspector({ settings: plan.settings.inspector, agent, view, clock });
  inspecting.catch(() => {});
  try {
    return await serveSessions(plan, { ...run, agent, inspecting });
  } finally {
    await inspecting.then(
      (inspector) => inspector.close(),
      () => {},
    );
  }
}

async function serveSessions(plan: AgentPlan, context: RunContext): Promise<AditError | null> {
  let running = await RunningSession.open(plan.settings, context);
  const sessions = new Set([running]);
  let stopSettling = () => {};
  try {
    running.show();
    await running.startAll(plan.definitions);
    stopSettling = collectWhenSettled(context.clock);
    for (;;) {
      const outcome = await running.outcome();
      if (!isPlan(outcome)) return outcome;
      const next = await restart(running, outcome, context);
      sessions.add(next);
      if (next !== running) void running.retire();
      running = next;
    }
  } finally {
    stopSettling();
    await Promise.all([...sessions].map((session) => session.close()));
  }
}

function isPlan(outcome: Outcome): outcome is AgentPlan {
  return outcome !== null && 'definitions' in outcome;
}

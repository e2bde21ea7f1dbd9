import { isDeepStrictEqual } from 'node:util';
import { AditError, toAditError } from '@adit/contracts';
import type { AgentPlan } from './agent-plan.ts';
import { moveEndpoints } from './move-endpoints.ts';
import { type RunContext, RunningSession } from './running-session.ts';

/**
 * Puts a new session with a new plan in the place of a running one. Whatever fails, that one goes on, and the view says why.
 * Answers the session that serves from now on.
 */
export async function restart(old: RunningSession, plan: AgentPlan, context: RunContext): Promise<RunningSession> {
  const { view, interrupted } = context;
  try {
    const next = await replace(old, plan, context);
    view.restarted(null);
    return next;
  } catch (cause) {
    // That the run is over is told in other words.
    if (!interrupted.aborted && !old.isOver) view.restarted(toAditError(cause));
    old.restart.renew();
    return old;
  }
}

async function replace(old: RunningSession, plan: AgentPlan, context: RunContext): Promise<RunningSession> {
  const { view, inForce } = context;
  // Before anything can be told of it.
  inForce.secrets.push(plan.settings.authtoken);
  const next = await RunningSession.open(plan.settings, context);
  try {
    // What was stopped meanwhile must not come back.
    if (old.isOver) throw new AditError(9305);
    const isSameServer = plan.settings.serverAddr === inForce.settings.serverAddr;
    const move = { from: old.endpoints, to: next.endpoints, isSameServer };
    await moveEndpoints(move, plan.definitions, (error) => view.restarted(error));
  } catch (error) {
    await next.close();
    throw error;
  }
  tellOf(plan, context);
  inForce.settings = plan.settings;
  next.show();
  next.endWithEndpoints(plan.definitions);
  return next;
}

function tellOf({ settings }: AgentPlan, { view, inForce: { atStart } }: RunContext): void {
  for (const warning of settings.warnings) view.warning(warning);
  const { log, inspector } = settings;
  if (isDeepStrictEqual({ log, inspector }, { log: atStart.log, inspector: atStart.inspector })) return;
  view.warning(
    'what the configuration says about log, screen and inspector changes only when the agent is started anew',
  );
}

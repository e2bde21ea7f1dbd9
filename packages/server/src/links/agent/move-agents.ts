import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import { waitUntil } from '../../domain/wait.ts';
import type { AgentLimits } from './agent-limits.ts';
import type { AgentSession } from './agent-session.ts';

/**
 * Another server takes this one's place, at the same address. Agents of ours go there, and stay here for what still comes.
 * Others cannot be in two places: behind the last call they are told to come back once no visitor uses them, and at the
 * latest when `moveVisitorsTimeoutMs` is over. Resolves when all have gone, or the time for it is over.
 *
 * @param options.lastCall Resolves when visitors have had time for their last request.
 */
export async function moveAgents(
  legs: readonly AgentSession[],
  options: { clock: Clock; limits: AgentLimits; lastCall: Promise<void> },
): Promise<void> {
  await Promise.all(
    legs.map(async (leg) => {
      if (await leg.move()) return;
      await options.lastCall;
      await sendAway(leg, options);
    }),
  );
}

async function sendAway(leg: AgentSession, { clock, limits }: { clock: Clock; limits: AgentLimits }): Promise<void> {
  await waitUntil(clock, () => leg.isIdle, limits.moveVisitorsTimeoutMs);
  leg.end(new AditError(803), { keepNames: true });
}

import type { AgentCommand } from '../domain/agent-command.ts';
import type { AgentSessionView } from '../domain/agent-session-view.ts';
import { authorize } from '../domain/authorize.ts';
import type { Principal } from '../domain/principal.ts';
import type { ControlDeps } from './control-deps.ts';
import { writeAs } from './write-as.ts';

/**
 * Sends a command to an agent. The audit record says that it was asked for, and is durable before the agent is: what an agent
 * did must never be unrecorded, and whether it obeyed only it can tell.
 *
 * @throws {AditError} 9101: not for this principal to know about, or gone meanwhile. 203: the caller's key was revoked
 *   meanwhile. 9406: the agent refuses. 9407: it does not answer.
 */
export async function commandAgent(
  { store, commandAgent: send }: Pick<ControlDeps, 'store' | 'commandAgent'>,
  principal: Principal,
  { session, command }: { session: AgentSessionView; command: AgentCommand },
): Promise<void> {
  const { accountId, id } = session;
  const action = `session.${command.type}` as const;
  authorize(principal, action, session);
  await writeAs(store, principal, (tx) =>
    tx.appendAudit({ accountId, actor: principal, action, resourceId: id, details: {} }),
  );
  await send({ accountId, sessionId: id }, command);
}

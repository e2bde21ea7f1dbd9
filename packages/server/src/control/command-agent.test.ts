import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { AgentCommand } from '../domain/agent-command.ts';
import type { Principal } from '../domain/principal.ts';
import { usualRoles } from '../domain/roles.ts';
import type { Store } from '../domain/store.ts';
import { commandAgent } from './command-agent.ts';
import { makeAgentSession } from './control.testkit.ts';

const owner = { accountId: newId('account', 1), userId: newId('user', 1) };

// Whoever may command a session may list it, so that the API alone does not show that this asks as well.
test.each<[string, Partial<Principal>, number]>([
  ['an authtoken of its owner', { credentialKind: 'authtoken' }, 9100],
  ['a colleague', { userId: newId('user', 1) }, 9101],
  ['a stranger', { accountId: newId('account', 1) }, 9101],
])('commandAgent() asks the decider: %s commands nobody', async (_, change, code) => {
  const credential = { credentialId: newId('apiKey', 1), credentialKind: 'api_key', acl: [] } as const;
  const principal: Principal = { ...owner, roles: usualRoles.developer, ...credential, ...change };
  const session = makeAgentSession(owner);
  const commands: AgentCommand[] = [];
  const deps = {
    store: { write: () => expect.unreachable() } as unknown as Store,
    commandAgent: async (_key: unknown, command: AgentCommand) => void commands.push(command),
  };
  await expect(commandAgent(deps, principal, { session, command: { type: 'stop' } })).rejects.toMatchObject({ code });
  expect(commands).toEqual([]);
});

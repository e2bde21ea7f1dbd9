import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { createUser, type Member, type Roles, type UsualRole, usualRoles, withStore } from '@adit/server/admin';
import { needed, optional, placeOf, say, table, timestamp } from './admin-output.ts';

export async function runCreateUser(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const account = needed(parsed, { name: 'account', command: 'admin user create' });
  const role = (parsed.options['role'] ?? 'developer') as UsualRole;
  const made = await withStore(placeOf(parsed, io), (store) => createUser(store, { nameOrId, account, role }));
  return say(io, parsed, {
    text: `The user "${made.user.name}" (${made.userId}) is ${role} of the account "${made.accountName}" (${made.accountId}) now.`,
    json: memberJson(made),
  });
}

export async function runListUsers(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const nameOrId = optional(parsed.options['account']);
  const members = await withStore(placeOf(parsed, io), async (store) => {
    if (nameOrId === undefined) return await store.listMembers();
    const accounts = await store.findAccounts(nameOrId);
    if (accounts.length === 0) throw new AditError(9121, `Cannot find an account "${nameOrId}": there is none`);
    return (await Promise.all(accounts.map(({ id }) => store.listMembers(id)))).flat();
  });
  const rows = members.map(({ user, roles, disabledAtMs, accountName }) => [
    ...[
      user.name,
      user.id,
      disabledAtMs === null ? roleText(roles) : 'disabled',
      accountName,
      timestamp(user.createdAtMs),
    ],
  ]);
  return say(io, parsed, {
    text: table(['NAME', 'ID', 'ROLE', 'ACCOUNT', 'CREATED'], rows),
    json: { users: members.map(memberJson) },
  });
}

/** The usual word for these roles, or all three. */
function roleText({ administrator, developer, team }: Roles): string {
  if (administrator) return 'administrator';
  const usual = Object.entries(usualRoles).find(
    ([, roles]) => !roles.administrator && roles.developer === developer && roles.team === team,
  );
  return usual?.[0] ?? `developer ${developer}, team ${team}`;
}

function memberJson({ user, roles, disabledAtMs, accountId, accountName }: Member) {
  return {
    id: user.id,
    name: user.name,
    created_at: timestamp(user.createdAtMs),
    is_active: disabledAtMs === null,
    roles,
    account: { id: accountId, name: accountName },
  };
}

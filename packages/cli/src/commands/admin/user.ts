import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { createUser, type Member, withStore } from '@adit/server/admin';
import { needed, optional, placeOf, say, table, timestamp } from './admin-output.ts';

export async function runCreateUser(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const account = needed(parsed, { name: 'account', command: 'admin user create' });
  const role = parsed.options['role'] === 'administrator' ? 'administrator' : 'developer';
  const made = await withStore(placeOf(parsed, io), (store) => createUser(store, { nameOrId, account, role }));
  return say(io, parsed, {
    text: `The user "${made.user.name}" (${made.userId}) is ${made.role} of the account "${made.accountName}" (${made.accountId}) now.`,
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
  const rows = members.map(({ user, role, accountName }) => [
    ...[user.name, user.id, role, accountName, timestamp(user.createdAtMs)],
  ]);
  return say(io, parsed, {
    text: table(['NAME', 'ID', 'ROLE', 'ACCOUNT', 'CREATED'], rows),
    json: { users: members.map(memberJson) },
  });
}

function memberJson({ user, role, accountId, accountName }: Member) {
  return {
    id: user.id,
    name: user.name,
    created_at: timestamp(user.createdAtMs),
    role,
    account: { id: accountId, name: accountName },
  };
}

import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import {
  createUser,
  type LoginMethods,
  type Member,
  type Roles,
  type Store,
  type UsualRole,
  usualRoles,
  withStore,
} from '@adit/server/admin';
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
  const { members, methods } = await withStore(placeOf(parsed, io), async (store) => ({
    members: await membersOf(store, nameOrId),
    methods: new Map((await store.listLoginMethods()).map((one) => [one.userId, one])),
  }));
  const rows = members.map(({ user, roles, disabledAtMs, accountName }) => [
    ...[user.name, user.id, disabledAtMs === null ? roleText(roles) : 'disabled', accountName],
    ...[loginText(methods.get(user.id)), timestamp(user.createdAtMs)],
  ]);
  return say(io, parsed, {
    text: table(['NAME', 'ID', 'ROLE', 'ACCOUNT', 'LOGIN', 'CREATED'], rows),
    json: { users: members.map((member) => ({ ...memberJson(member), ...loginJson(methods.get(member.userId)) })) },
  });
}

async function membersOf(store: Store, account: string | undefined): Promise<Member[]> {
  if (account === undefined) return await store.listMembers();
  const accounts = await store.findAccounts(account);
  if (accounts.length === 0) throw new AditError(9121, `Cannot find an account "${account}": there is none`);
  return (await Promise.all(accounts.map(({ id }) => store.listMembers(id)))).flat();
}

function loginText(methods: LoginMethods | undefined): string {
  if (!methods?.hasPassword) return 'keys only';
  const password = methods.mustChangePassword ? 'new password' : 'password';
  return methods.hasSecondFactor ? `${password}, code` : password;
}

function loginJson(methods: LoginMethods | undefined) {
  return {
    has_password: methods?.hasPassword ?? false,
    must_change_password: methods?.mustChangePassword ?? false,
    has_second_factor: methods?.hasSecondFactor ?? false,
  };
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

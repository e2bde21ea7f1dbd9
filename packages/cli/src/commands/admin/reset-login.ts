import type { CommandIo, ParsedCommand } from '@adit/agent';
import { resetMfa, resetPassword, withStore } from '@adit/server/admin';
import { needed, placeOf, say } from './admin-output.ts';

/** The password alone goes to stdout, as keys do; what it is goes to stderr. */
export async function runResetPassword(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const account = needed(parsed, { name: 'account', command: 'admin user reset-password' });
  const { member, password } = await withStore(placeOf(parsed, io), (store) =>
    resetPassword(store, { nameOrId, account }),
  );
  if (parsed.options['json'] === 'true') {
    io.stdout.write(`${JSON.stringify({ user: { id: member.userId, name: member.user.name }, password })}\n`);
    return 0;
  }
  io.stderr.write(
    `The password of the user "${member.user.name}" (${member.userId}), shown only now, to be changed at the first login:\n`,
  );
  io.stdout.write(`${password}\n`);
  return 0;
}

export async function runResetMfa(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const account = needed(parsed, { name: 'account', command: 'admin user reset-mfa' });
  const { userId, user } = await withStore(placeOf(parsed, io), (store) => resetMfa(store, { nameOrId, account }));
  return say(io, parsed, {
    text: `The user "${user.name}" (${userId}) has no second factor and no recovery codes now.`,
    json: { user: { id: userId, name: user.name } },
  });
}

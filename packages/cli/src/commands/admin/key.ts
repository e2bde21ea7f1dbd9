import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { createKey, withStore } from '@adit/server/admin';
import { needed, optional, placeOf } from './admin-output.ts';

const maxDescriptionBytes = 255;

/** The secret alone goes to stdout, for `$(…)` and pipes; what it is goes to stderr. */
export async function runCreateKey(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const kind = parsed.options['kind'] === 'api_key' ? 'api_key' : 'authtoken';
  const description = optional(parsed.options['description']) ?? '';
  if (Buffer.byteLength(description) > maxDescriptionBytes) {
    throw new AditError(9500, `Cannot create a key: its description is longer than ${maxDescriptionBytes} bytes`);
  }
  const account = needed(parsed, { name: 'account', command: 'admin key create' });
  const user = optional(parsed.options['user']);
  const { credential, secret, owner } = await withStore(placeOf(parsed, io), (store) =>
    createKey(store, { kind, account, user, description }),
  );
  if (parsed.options['json'] === 'true') {
    const { id } = credential;
    const of = {
      account: { id: owner.accountId, name: owner.accountName },
      user: { id: owner.userId, name: owner.user.name },
    };
    io.stdout.write(`${JSON.stringify({ id, kind, token: secret, description, ...of })}\n`);
    return 0;
  }
  const what = kind === 'api_key' ? 'API key' : 'authtoken';
  io.stderr.write(
    `The ${what} ${credential.id} of the user "${owner.user.name}" in the account "${owner.accountName}", shown only now:\n`,
  );
  io.stdout.write(`${secret}\n`);
  return 0;
}

import type { CommandIo, ParsedCommand } from '@adit/agent';
import { eraseUser, planErasure, withStore } from '@adit/server/admin';
import { needed, placeOf, say } from './admin-output.ts';
import { confirmByName } from './confirm-by-name.ts';

/** Says who goes, asks for the name to be typed, and erases. */
export async function runEraseUser(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const account = needed(parsed, { name: 'account', command: 'admin user erase' });
  const place = placeOf(parsed, io);
  const plan = await withStore(place, (store) => planErasure(store, { nameOrId, account }));
  const called = plan.name ?? plan.userId;
  if (parsed.options['yes'] !== 'true') {
    const consequences =
      `${plan.name === null ? '' : `"${called}" leaves the account "${plan.accountName}", and what their credentials opened is cut off.\n`}` +
      `Nobody can tell any more who it was that did what they did there. This cannot be undone.`;
    await confirmByName(io, { name: called, consequences, purpose: `erase the user "${called}"` });
  }
  // By id, and opened anew: nobody should wait for an answer with the store open.
  const gone = await withStore(place, (store) => eraseUser(store, { nameOrId: plan.userId, account }));
  return say(io, parsed, {
    text:
      `Erased the user "${called}" from the account "${gone.accountName}". Backups from before know them still: after ` +
      'restoring one, erase them again.',
    json: { erased: { id: gone.userId, name: gone.name, account: gone.accountName } },
  });
}

import type { CommandIo, ParsedCommand } from '@adit/agent';
import { type AccountSummary, countEndpointsOnline, deleteAccount, planDeletion, withStore } from '@adit/server/admin';
import { accountJson } from './account.ts';
import { counted, placeOf, say } from './admin-output.ts';
import { confirmByName } from './confirm-by-name.ts';

/** Says what goes, asks for the name to be typed, and deletes. */
export async function runDeleteAccount(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const [nameOrId = ''] = parsed.arguments;
  const place = placeOf(parsed, io);
  const plan = await withStore(place, (store) => planDeletion(store, nameOrId));
  if (parsed.options['yes'] !== 'true') await confirm(plan, await countEndpointsOnline(place, plan.id), io);
  // Opened anew: nobody should wait for an answer with the store open.
  const gone = await withStore(place, (store) => deleteAccount(store, plan.id));
  return say(io, parsed, {
    text: `Deleted the account "${gone.name}" (${gone.id}) with ${contentsOf(gone)}.`,
    json: { deleted: accountJson(gone) },
  });
}

async function confirm(plan: AccountSummary, online: number | null, io: CommandIo): Promise<void> {
  const { id, name } = plan;
  const consequences = `The account "${name}" (${id}) goes with ${contentsOf(plan)}.\n${onlineText(online)} This cannot be undone.`;
  await confirmByName(io, { name, consequences, purpose: `delete the account "${name}"` });
}

function onlineText(online: number | null): string {
  if (online === null) return 'No server answers that could say what of it is online.';
  return `Its endpoints that are online, ${online}, go offline at once, and its agents are disconnected.`;
}

function contentsOf({ userCount, credentialCount, auditRecordCount }: AccountSummary): string {
  const counts = [
    counted(userCount, 'user'),
    counted(credentialCount, 'credential'),
    counted(auditRecordCount, 'audit record'),
  ];
  return counts.join(', ');
}

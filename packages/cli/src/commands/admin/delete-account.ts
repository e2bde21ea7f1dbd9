import { createInterface } from 'node:readline';
import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { type AccountSummary, countEndpointsOnline, deleteAccount, planDeletion, withStore } from '@adit/server/admin';
import { accountJson } from './account.ts';
import { counted, placeOf, say } from './admin-output.ts';

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
  io.stderr.write(
    `The account "${plan.name}" (${plan.id}) goes with ${contentsOf(plan)}.\n` +
      `${onlineText(online)} This cannot be undone.\n` +
      'Type the name of the account to delete it: ',
  );
  if ((await firstLine(io)) === plan.name) return;
  throw new AditError(9125, `Cannot delete the account "${plan.name}": its name was not typed`);
}

function onlineText(online: number | null): string {
  if (online === null) return 'No server answers that could say what of it is online.';
  return `Its endpoints that are online, ${online}, go offline at once, and its agents are disconnected.`;
}

async function firstLine({ stdin, stderr, interrupted }: CommandIo): Promise<string | undefined> {
  // A terminal shows the end of the line by itself.
  if (!stdin.isTTY) stderr.write('\n');
  const lines = createInterface({ input: stdin, signal: interrupted });
  for await (const line of lines) {
    lines.close();
    return line.trim();
  }
  return undefined;
}

function contentsOf({ userCount, credentialCount, auditRecordCount }: AccountSummary): string {
  const counts = [
    counted(userCount, 'user'),
    counted(credentialCount, 'credential'),
    counted(auditRecordCount, 'audit record'),
  ];
  return counts.join(', ');
}

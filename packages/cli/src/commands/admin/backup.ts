import { resolve } from 'node:path';
import type { CommandIo, ParsedCommand } from '@adit/agent';
import { type BackupHead, backUp, restore } from '@adit/server/admin';
import { counted, placeOf, say } from './admin-output.ts';

export async function runBackup(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const file = fileOf(parsed);
  const head = await backUp(placeOf(parsed, io), file);
  return say(io, parsed, {
    text: `Backed up ${contents(head)} into "${file}". Its keys are not in it: see docs/how-to/operate.md.`,
    json: { file, ...headJson(head) },
  });
}

export async function runRestore(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const file = fileOf(parsed);
  const { dataDir, ...head } = await restore(placeOf(parsed, io), file);
  return say(io, parsed, {
    text: `Restored ${contents(head)} of ${head.madeAt} into "${dataDir}".\nCredentials that were revoked since then work again: revoke them again.`,
    json: { data_dir: dataDir, ...headJson(head) },
  });
}

function fileOf({ arguments: [file = ''] }: ParsedCommand): string {
  return resolve(file);
}

function contents({ accounts, bytes }: BackupHead): string {
  return `${counted(accounts, 'account')} (${bytes.toLocaleString('en-US')} bytes)`;
}

function headJson({ madeAt, aditVersion, schemaVersion, accounts, bytes, sha256 }: BackupHead) {
  return {
    made_at: madeAt,
    adit_version: aditVersion,
    schema_version: schemaVersion,
    accounts,
    bytes,
    sha256,
  };
}

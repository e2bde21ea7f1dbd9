import { createReadStream } from 'node:fs';
import type { Command, CommandGroup, ParsedCommand } from '@adit/agent';
import { AditError, toAditError } from '@adit/contracts';
import { verifyExport } from '@adit/server/audit';
import { printError } from '../print-error.ts';
import { placeOptions } from './admin/admin-output.ts';

const verify: Command = {
  name: 'audit verify',
  summary: 'Check an exported audit log, without the server',
  arguments: [{ name: 'file', description: 'The exported log (JSON Lines)', isRequired: true }],
  options: [
    {
      name: 'head',
      value: '<hash>',
      description:
        'A head that you noted earlier: fail unless the log had it. Without one, a log replaced as a whole passes',
    },
  ],
  run: async (parsed, io) => {
    try {
      const { file, options } = verifyChoices(parsed);
      const { accountId, seq, hash } = await verifyExport(bytesOf(file), options);
      const count = seq === 1 ? '1 record' : `${seq} records`;
      io.stdout.write(`${count}, chain intact, head ${Buffer.from(hash).toString('hex')} (account ${accountId})\n`);
      return 0;
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  },
};

const exportLog: Command = {
  name: 'audit export',
  summary: 'Export the audit log of an account, on the machine of the server',
  arguments: [],
  options: [
    { name: 'account', value: '<account>', description: 'Name or id of the account' },
    {
      name: 'output',
      value: '<file>',
      description: 'The file to write; there must be none of that name. Default: stdout',
      completes: 'file',
    },
    ...placeOptions,
  ],
  run: async (parsed, io) => {
    try {
      return await (await import('./admin/export-audit.ts')).runExportAudit(parsed, io);
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  },
};

/** `adit audit`. */
export const auditCommands: CommandGroup = {
  name: 'audit',
  summary: 'Export audit logs, and check what was exported',
  commands: [exportLog, verify],
};

/** @throws {AditError} 9500: the head is none. */
function verifyChoices({ arguments: [file = ''], options: { head } }: ParsedCommand) {
  if (head === undefined) return { file, options: {} };
  if (/^[0-9a-f]{64}$/.test(String(head))) return { file, options: { knownHead: String(head) } };
  throw new AditError(9500, `Cannot look for the head "${String(head)}": it is not 64 digits of hex, in small letters`);
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(file)) yield chunk as Buffer;
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : 'it is not a readable file';
    throw new AditError(9251, `Cannot read "${file}": ${reason}`, { cause });
  }
}

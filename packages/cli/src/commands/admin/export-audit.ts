import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import {
  type ExportHeader,
  exportAudit,
  type Id,
  oneAccount,
  parseHeader,
  type Store,
  withStore,
} from '@adit/server/admin';
import { counted, needed, optional, placeOf } from './admin-output.ts';
import { writeNewFile } from './write-new-file.ts';

/** The log alone goes to stdout or into the file, line by line as it is read; what it is goes to stderr. */
export async function runExportAudit(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const nameOrId = needed(parsed, { name: 'account', command: 'audit export' });
  const output = optional(parsed.options['output']);
  await withStore(placeOf(parsed, io), async (store) => {
    const account = await oneAccount(store, nameOrId);
    const log = new ExportedLog(store, account.id);
    if (output === undefined) await writeToStdout(log, io);
    else await writeNewFile(resolve(output), log);
    const { seq, hash } = headOf(log.firstLine);
    const head = Buffer.from(hash).toString('hex');
    io.stderr.write(
      `Exported ${counted(seq, 'record')} of the account "${account.name}" (${account.id}), head ${head}\n`,
    );
  });
  return 0;
}

/** The lines, and afterwards the first of them, which tells of all. */
class ExportedLog implements AsyncIterable<string> {
  readonly #lines: AsyncIterable<string>;
  firstLine = '';

  constructor(store: Store, accountId: Id<'account'>) {
    this.#lines = exportAudit(store, accountId);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for await (const line of this.#lines) {
      if (this.firstLine === '') this.firstLine = line;
      yield line;
    }
  }
}

function headOf(firstLine: string): ExportHeader {
  const header = parseHeader(firstLine.trimEnd());
  if (!header) throw new TypeError('Cannot export: the first line is no header');
  return header;
}

async function writeToStdout(log: AsyncIterable<string>, { stdout }: Pick<CommandIo, 'stdout'>): Promise<void> {
  try {
    await pipeline(log, stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new AditError(9203, 'Cannot write the log: whoever reads it has gone', { cause: error });
  }
}

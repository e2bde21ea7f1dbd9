import type { CommandIo } from '@adit/agent';
import type { AditError } from '@adit/contracts';

/** Says what failed, what to do and the code; answers the exit code. A bug of ours shows its stack, for the report. */
export function printError(error: AditError, io: Pick<CommandIo, 'stderr'>): number {
  if (error.code === 9000) io.stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
  io.stderr.write(`adit: ${error.message}\n${error.row.help} (${error.wireCode})\n`);
  return error.exitCode;
}

import type { CommandIo } from '@adit/agent';
import type { AditError } from '@adit/contracts';

/** Says what failed, what to do and the code; answers the exit code. A bug of ours shows its stack, for the report. */
export async function printError(error: AditError, io: Pick<CommandIo, 'stderr'>): Promise<number> {
  const { errorText } = await import('@adit/agent');
  if (error.code === 9000) io.stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
  io.stderr.write(errorText(error));
  return error.exitCode;
}

import { toAditError } from '@adit/contracts';
import type { CommandIo } from './command.ts';
import { errorText } from './view/agent-view.ts';

/** Runs a command's body; what it throws is printed and becomes the exit code. A user who interrupted is told nothing. */
export async function runSafely(io: CommandIo, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (cause) {
    if (io.interrupted.aborted) return 0;
    const error = toAditError(cause);
    // A bug of ours shows its stack, for the report.
    if (error.code === 9000 && cause instanceof Error) io.stderr.write(`${cause.stack}\n`);
    io.stderr.write(errorText(error));
    return error.exitCode;
  }
}

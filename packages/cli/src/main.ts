// The `adit` command: the only file that touches the process. What it does is in ./run-adit.ts and ./commands.
import type { Writable } from 'node:stream';
import { processIo } from './config/process-io.ts';
import { runAdit } from './run-adit.ts';

process.exitCode = await runAdit(process.argv.slice(2), processIo());
await Promise.all([written(process.stdout), written(process.stderr)]);
// Nothing is left to do once a command has answered; a stray handle must not keep the process.
process.exit();

/** A pipe holds little: whoever exits takes with him what its reader has not got yet. Resolves as well when there is no reader. */
function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}

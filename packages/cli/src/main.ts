// The `adit` command: the only file that touches the process. What it does is in ./run-adit.ts and ./commands.
import { processIo } from './config/process-io.ts';
import { runAdit } from './run-adit.ts';

process.exitCode = await runAdit(process.argv.slice(2), processIo());
// Nothing is left to do once a command has answered; a stray handle must not keep the process.
process.exit();

// A program for tests that need a second process: `store-process.testkit.ts <data dir> hold|write`. One line each:
//   "open"          The store is open. `hold` then waits for its end.
//   "ack <number>"  `write`: that credential's change was acknowledged. Goes on for ever; every 7th change is refused.
//   "refused <code>" The store could not be opened.
import { writeSync } from 'node:fs';
import { AditError } from '@adit/contracts';
import { systemClock } from '../../clock/system-clock.ts';
import { writeForEver } from '../store-writer.testkit.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';

const [, , dataDir = '', mode] = process.argv;

/** Written before anything else happens, so that the reader knows it even if this process is killed the next moment. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

try {
  const store = await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer });
  say('open');
  // Keeps the process, as a server's listeners do: what a change waits by, while another process writes, is a timer that does not.
  process.stdin.resume();
  if (mode === 'write') {
    await writeForEver(store, (number) => say(`ack ${number}`));
  }
} catch (error) {
  say(`refused ${error instanceof AditError ? error.code : String(error)}`);
}

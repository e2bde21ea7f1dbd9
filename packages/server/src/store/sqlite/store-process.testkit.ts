// A program for tests that need a second process: `store-process.testkit.ts <data dir> hold|write`. One line each:
//   "open"          The store is open. `hold` then waits for its end.
//   "ack <number>"  `write`: that credential's change was acknowledged. Goes on for ever; every 7th change is refused.
//   "refused <code>" The store could not be opened.
import { writeSync } from 'node:fs';
import { AditError } from '@adit/contracts';
import { systemClock } from '../../clock/system-clock.ts';
import { hashSecret } from '../../domain/secret.ts';
import type { Store } from '../../domain/store.ts';
import { addMember, type Member, makeCredential } from '../store-rows.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';

const [, , dataDir = '', mode] = process.argv;

/** Written before anything else happens, so that the reader knows it even if this process is killed the next moment. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function add(store: Store, member: Member, number: number): Promise<void> {
  await store.write(async (tx) => {
    await tx.insertCredential({ ...makeCredential(member), description: String(number) }, hashSecret(`${number}`));
    await tx.appendAudit({
      accountId: member.account.id,
      actor: null,
      action: 'a',
      resourceId: `${number}`,
      details: {},
    });
    if (number % 7 === 0) throw new Error('refused');
  });
}

try {
  const store = await openSqliteStore({ dataDir, clock: systemClock });
  say('open');
  if (mode === 'write') {
    const member = await store.write((tx) => addMember(tx));
    for (let number = 1; ; number++) {
      await add(store, member, number).then(
        () => say(`ack ${number}`),
        () => undefined,
      );
    }
  }
  process.stdin.resume();
} catch (error) {
  say(`refused ${error instanceof AditError ? error.code : String(error)}`);
}

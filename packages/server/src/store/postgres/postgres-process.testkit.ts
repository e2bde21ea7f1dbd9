// A program for tests that kill it: writes to the database whose address (JSON) is in its environment, and says
// `ack <number>` for each change that was acknowledged.
import { writeSync } from 'node:fs';
import { systemClock } from '../../clock/system-clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { writeForEver } from '../store-writer.testkit.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openPostgresStore } from './open-postgres-store.ts';

const address = JSON.parse(process.env['ADDRESS'] ?? '') as DatabaseAddress;
const store = await openPostgresStore({ openSealer: openTestSealer, address, clock: systemClock });
// Written at once, so that the reader knows it even if this process is killed the next moment.
await writeForEver(store, (number) => void writeSync(1, `ack ${number}\n`));

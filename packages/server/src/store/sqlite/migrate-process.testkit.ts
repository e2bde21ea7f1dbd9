// A program for a test that kills it: `migrate-process.testkit.ts <data dir>` stops in the middle of the second migration,
// with its tables changed and nothing committed, and says so.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { migrations } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';
import { prepareSchema } from './prepare-schema.ts';
import { openConnection } from './sqlite-database.ts';

const [, , path = ''] = process.argv;
const databaseFile = join(path, 'adit.db');
const [first, second] = migrations as [Migration, Migration];

const stopsHalfWay: Migration = {
  name: second.name,
  async up(db, types) {
    await second.up(db, types);
    writeSync(1, 'half way\n');
    setInterval(() => undefined, 1_000);
    await new Promise(() => undefined);
  },
};

await prepareSchema(openConnection(databaseFile, { isReadOnly: false }), {
  directory: { path, databaseFile, isLocked: true },
  migrations: [first, stopsHalfWay],
  nowMs: 1,
});

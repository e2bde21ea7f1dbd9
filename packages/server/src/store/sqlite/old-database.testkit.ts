import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../migrate.ts';
import { fixtureOf, sqliteBytes } from '../migrations/fixtures.testkit.ts';
import { migrations } from '../migrations/index.ts';
import { sqliteColumnTypes } from './sqlite-column-types.ts';
import { openConnection } from './sqlite-database.ts';

/** Makes the data directory of a server whose schema had that version, with its fixture in it. Answers the database file. */
export async function makeOldDatabase(dataDir: string, version: number): Promise<string> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'adit.db');
  writeFileSync(file, '', { mode: 0o600 });
  const { raw, db } = openConnection(file, { isReadOnly: false });
  raw.exec('pragma journal_mode = wal');
  const options = { types: sqliteColumnTypes, nowMs: 1, place: dataDir, mayChange: true };
  await migrate(db, { ...options, migrations: migrations.slice(0, version) });
  raw.exec(fixtureOf(version, sqliteBytes));
  raw.close();
  return file;
}

import { sql } from 'kysely';
import type { ColumnTypes } from '../migrations/migration.ts';

/** How SQLite spells what the migrations need. */
export const sqliteColumnTypes: ColumnTypes = {
  integer: sql`integer`,
  bytes: sql`blob`,
  // SQLite compares text by its bytes unless told otherwise.
  text: sql`text`,
  tableEnd: sql`strict`,
};

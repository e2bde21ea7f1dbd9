import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

/**
 * Copies a database that others may be using into a new file, mode 0600: one moment of it. By VACUUM INTO, in one read transaction: writers go on meanwhile and never make it begin again, as they do SQLite's own
 * backup; and what was deleted does not linger in the copy.
 */
export async function copyDatabase(databaseFile: string, copy: string): Promise<void> {
  await (await open(copy, 'wx', 0o600)).close();
  const database = new DatabaseSync(databaseFile, { readOnly: true, timeout: 5000 });
  try {
    database.prepare('vacuum into ?').run(copy);
  } finally {
    database.close();
  }
}

import { readFileSync } from 'node:fs';

/** How a database spells bytes, given as hexadecimal digits. */
export type SpellBytes = (hex: string) => string;

/**
 * The rows of a database of that schema version, as `insert` statements. A new migration needs the fixture of the version
 * before it: copy the last one, and fill the tables and columns that its migration made. Its test does the rest.
 *
 * @throws {Error} There is none.
 */
export function fixtureOf(version: number, spellBytes: SpellBytes): string {
  const file = new URL(`./fixtures/${String(version).padStart(4, '0')}.sql`, import.meta.url);
  return readFileSync(file, 'utf8').replaceAll(/\bx'([0-9a-f]*)'/g, (_, hex: string) => spellBytes(hex));
}

/** As SQLite spells them. */
export const sqliteBytes: SpellBytes = (hex) => `x'${hex}'`;

// How values of ours and of PostgreSQL become each other: the same as SQLite gives and takes, or an error.

import { sql } from 'kysely';
import pg from 'pg';
import { type ColumnTypes } from '../migrations/migration.ts';

export const columnTypes: ColumnTypes = {
  integer: sql`bigint`,
  bytes: sql`bytea`,
  text: sql`text collate "C"`,
  tableEnd: sql``,
};

type Parse = (text: string) => unknown;

/** A whole number that JavaScript has no exact value for. */
export class InexactNumberError extends RangeError {}

const ourParsers: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [pg.types.builtins.INT8, toSafeInteger],
  // Not a Buffer, which looks like an array of bytes and is not compared as one.
  [pg.types.builtins.BYTEA, (text) => new Uint8Array(Buffer.from(text.slice('\\x'.length), 'hex'))],
]);

/** For `pg`: whole numbers as numbers, bytes as `Uint8Array`. */
export const resultTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => ourParsers.get(oid) ?? (pg.types.getTypeParser(oid, format) as Parse),
};

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new InexactNumberError(`Cannot read ${text} as a number: it has too many digits`);
}

/** Refuses what the driver would bind as something else: it makes JSON of objects and null of undefined. */
export function checked(parameters: readonly unknown[]): unknown[] {
  return parameters.map((parameter, index) => {
    if (isBindable(parameter)) return parameter;
    throw new TypeError(`Cannot bind SQL parameter ${index + 1}: ${typeof parameter} values are not supported`);
  });
}

function isBindable(value: unknown): boolean {
  if (value === null || value instanceof Uint8Array) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' || typeof value === 'bigint';
}

import type { QueryExecutorProvider, RawBuilder } from 'kysely';

/** How one database spells what the migrations need: the only differences they may have. */
export interface ColumnTypes {
  /** 64-bit whole number. */
  readonly integer: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
  /** Text that is compared and sorted by its bytes, whatever the locale: paging by id rests on it. */
  readonly text: RawBuilder<unknown>;
  /** What follows the closing parenthesis of a table. */
  readonly tableEnd: RawBuilder<unknown>;
}

/** One step of the schema, forward only. A released migration is never edited; its number is its place in the list. */
export interface Migration {
  readonly name: string;
  /** Runs inside a transaction, with the record that it ran. Plain SQL only: the tables' types are those of today. */
  up(db: QueryExecutorProvider, types: ColumnTypes): Promise<void>;
}

/** Limits of the store on PostgreSQL. Milliseconds. */
export interface PostgresLimits {
  /** Connections for reading. Writing has one more: changes go one at a time. Default 4. */
  readonly maxReadConnections: number;
  /** Until a new connection is ready, or one of those that are open is free. Default 5,000. */
  readonly connectTimeoutMs: number;
  /** A statement that runs longer is ended by the database. Default 5,000. */
  readonly statementTimeoutMs: number;
  /** A statement that is not answered by then costs the connection: nobody is there any more. Default 8,000. */
  readonly answerTimeoutMs: number;
  /**
   * A transaction in which this server does nothing for so long is ended by the database, and others get what it held.
   * Default 5,000.
   */
  readonly idleTransactionTimeoutMs: number;
  /** An open connection that nobody uses is closed after that. Default 60,000. */
  readonly idleConnectionTimeoutMs: number;
  /** How often one change is tried when other servers change the same at the same time. Default 20. */
  readonly maxWriteTries: number;
  /** Pause between two tries: a random part of this, times the number of tries so far. Default 10. */
  readonly retryPauseMs: number;
  /**
   * How often is looked whether anything was committed of which no notice may have come. With the look-up that follows it stays
   * below the 5 s in which a revocation is enforced on all servers. Default 3,000.
   */
  readonly changeCheckMs: number;
  /** For the change of the schema at the start, and for waiting until another server has done it. Default 120,000. */
  readonly migrationTimeoutMs: number;
}

export const defaultPostgresLimits: PostgresLimits = Object.freeze({
  maxReadConnections: 4,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 5_000,
  answerTimeoutMs: 8_000,
  idleTransactionTimeoutMs: 5_000,
  idleConnectionTimeoutMs: 60_000,
  maxWriteTries: 20,
  retryPauseMs: 10,
  changeCheckMs: 3_000,
  migrationTimeoutMs: 120_000,
});

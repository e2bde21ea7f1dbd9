/** Limits of the store on SQLite. Times in milliseconds. */
export interface SqliteLimits {
  /** How long a change waits while another process, such as a command of the operator, is writing. Default 5,000. */
  readonly lockTimeoutMs: number;
  /** What one try of a running server to get the lock may take: nothing else goes on meanwhile. Default 10. */
  readonly lockTryMs: number;
  /** Pause between two tries. Default 25. */
  readonly lockPauseMs: number;
  /** Statements kept prepared, on each connection. Default 256. */
  readonly maxStatements: number;
}

export const defaultSqliteLimits: SqliteLimits = {
  lockTimeoutMs: 5_000,
  lockTryMs: 10,
  lockPauseMs: 25,
  maxStatements: 256,
};

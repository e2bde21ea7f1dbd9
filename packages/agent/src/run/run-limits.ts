/** Limits of a running agent. */
export interface RunLimits {
  /** After a restart, how long the visitors of the session before may go on with what they have open. Default: 10,000 ms. */
  readonly restartDrainMs: number;
}

export const runLimits: RunLimits = { restartDrainMs: 10_000 };

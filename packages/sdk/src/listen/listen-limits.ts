/** Limits of listeners in programs. */
export interface ListenLimits {
  /** Connections that wait for the program to say what becomes of them; any more are cut. Default: 100. */
  readonly maxWaitingConnections: number;
}

export const listenLimits: ListenLimits = { maxWaitingConnections: 100 };

/** What keeps the agent's screen and log quiet. */
export interface ViewLimits {
  /** The live screen is drawn at most once in this time. Default: 250 ms. */
  readonly redrawIntervalMs: number;
  /** While something on the screen counts seconds, it is drawn this often. Default: 1,000 ms. */
  readonly tickMs: number;
  /** A beat that is late by this much beyond the heartbeat's interval makes the link silent. Default: 2,000 ms. */
  readonly silenceMarginMs: number;
  /** Failing connections of one endpoint are logged at most once in this time. Default: 1,000 ms. */
  readonly failureIntervalMs: number;
  /** Requests that are kept to be shown. Default: 100. */
  readonly maxRequests: number;
  /** Lines of one error on the screen; the rest is cut off. Default: 3. */
  readonly maxErrorLines: number;
  /** After a stop by Ctrl-Z the terminal is set up again when this has passed. Default: 50 ms. */
  readonly resumeAfterMs: number;
}

export const defaultViewLimits: ViewLimits = {
  redrawIntervalMs: 250,
  tickMs: 1_000,
  silenceMarginMs: 2_000,
  failureIntervalMs: 1_000,
  maxRequests: 100,
  maxErrorLines: 3,
  resumeAfterMs: 50,
};

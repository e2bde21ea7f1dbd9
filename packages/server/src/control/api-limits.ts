/** Limits of calls of the control API. */
export interface ApiLimits {
  /** Calls of one account in any 60 seconds; the next ones are refused. Default: 1,200. */
  readonly callsPerMinute: number;
  /** Accounts whose calls are counted at once; above, those that called longest ago are forgotten. Default: 10,000. */
  readonly maxCountedAccounts: number;
  /** Calls of one account whose answers are not wholly taken; the next one is refused. Default: 32. */
  readonly maxUnfinishedCalls: number;
  /** Authtokens and API keys of one account, of all its members. Default: 10,000. */
  readonly maxCredentialsPerAccount: number;
  /** How long a caller may take nothing of an answer that waits for him; then his connection ends. Default: 30 s. */
  readonly answerStallMs: number;
}

export const defaultApiLimits: ApiLimits = {
  callsPerMinute: 1_200,
  maxCountedAccounts: 10_000,
  maxUnfinishedCalls: 32,
  maxCredentialsPerAccount: 10_000,
  answerStallMs: 30_000,
};

/** How certificates are got from ACME authorities. */
export interface AcmeLimits {
  /** Orders that this server has under way at once. Default: 2. */
  readonly maxOrders: number;
  /** How long all of one order may take, with every way of proving the name. Default: 5 min. */
  readonly orderTimeoutMs: number;
  /** After that another server may take over an order that was not ended. Default: 10 min. */
  readonly leaseMs: number;
  /**
   * First orders in seven days, below one domain, from which on names that are online and not reserved get none. Let's Encrypt
   * has a limit of 50. Default: 40.
   */
  readonly maxFirstOrders: number;
  /** From which on reserved names get none either: the rest is the server's own. Default: 47. */
  readonly maxFirstOrdersReserved: number;
  /** Names that are online and not reserved, for which certificates are kept up at once. Default: 10,000. */
  readonly maxLiveNames: number;
  /** How long an authority may take for one answer. Default: 30 s. */
  readonly answerTimeoutMs: number;
  /** Bytes that an answer of an authority may have. Default: 1,048,576. */
  readonly maxAnswerBytes: number;
  /** Questions for the answer to a challenge that are looked up at once; others go their ordinary way. Default: 8. */
  readonly maxLookUps: number;
}

export const defaultAcmeLimits: AcmeLimits = {
  maxOrders: 2,
  orderTimeoutMs: 300_000,
  leaseMs: 600_000,
  maxFirstOrders: 40,
  maxFirstOrdersReserved: 47,
  maxLiveNames: 10_000,
  answerTimeoutMs: 30_000,
  maxAnswerBytes: 1_048_576,
  maxLookUps: 8,
};

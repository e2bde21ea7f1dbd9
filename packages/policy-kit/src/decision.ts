/** `<module>/<what>`, e.g. `restrict-ips/not-in-allow-list`. Logs, metrics and error pages use it, not prose. */
export type Reason = `${string}/${string}`;

/** What a policy answers. A throw, a rejection or a time-out counts as `deny` (the edge fails closed). */
export type Decision = { readonly outcome: 'continue' } | Denial;

export interface Denial {
  readonly outcome: 'deny';
  readonly reason: Reason;
  /** The row of the error table that the visitor sees, e.g. 3205. */
  readonly code: 3205 | 9004 | 9007;
}

/** The shared `continue`: allocates nothing on the hot path. */
export const proceed: Decision = Object.freeze({ outcome: 'continue' });

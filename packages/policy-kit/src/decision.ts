import type { ErrorCode } from '@adit/contracts';

/** `<module>/<what>`, e.g. `restrict-ips/not-in-allow-list`. Logs, metrics and error pages use it, not prose. */
export type Reason = `${string}/${string}`;

/** What a policy answers. A throw, a rejection or a time-out counts as `deny` (the edge fails closed). */
export type Decision = Continue | Denial | Response | Close | Reroute;

export interface Continue {
  readonly outcome: 'continue';
}

/** Refused: the visitor gets the page of that error. */
export interface Denial {
  readonly outcome: 'deny';
  readonly reason: Reason;
  /** The row of the error table that the visitor sees, e.g. 3205. */
  readonly code: ErrorCode;
  /** Header lines that the answer has besides, e.g. `['www-authenticate', 'Basic …']`. Default: none. */
  readonly headers?: readonly string[];
}

/** Answered here: the upstream never hears of it. In the response phase it takes the place of the upstream's answer. */
export interface Response {
  readonly outcome: 'respond';
  readonly reason: Reason;
  /** 200 to 599. */
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** True: the visitor is being refused. */
  readonly isRefusal: boolean;
}

/** The connection ends without a word. */
export interface Close {
  readonly outcome: 'close';
  readonly reason: Reason;
}

/** Goes on at another endpoint of the account, an internal one, whose own policies decide next. */
export interface Reroute {
  readonly outcome: 'reroute';
  readonly reason: Reason;
  /** Where to: from `host.findInternal`. */
  readonly target: InternalTarget;
}

/** An internal endpoint that is online. Opaque for policies. */
export interface InternalTarget {
  readonly url: string;
}

/** The shared `continue`: allocates nothing on the hot path. */
export const proceed: Continue = Object.freeze({ outcome: 'continue' });

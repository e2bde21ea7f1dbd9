import type { Id } from '@adit/contracts';

/** How a request was refused, for the owner of the endpoint. */
export interface DecisionTrace {
  /** What the visitor's error page shows. */
  readonly requestId: string;
  readonly accountId: Id<'account'>;
  readonly endpointId: Id<'endpoint'>;
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly clientIp: string;
  readonly method: string;
  /** Without the query: it carries tokens. */
  readonly path: string;
  readonly outcome: string;
  readonly reason: string;
  /** Every rule that was asked, in order. */
  readonly rules: readonly TracedRule[];
}

export interface TracedRule {
  readonly layer: string;
  readonly phase: string;
  /** From 0, within its phase. */
  readonly index: number;
  readonly name: string;
  /** The index of the condition that did not hold; null: all held. */
  readonly failedCondition: number | null;
  readonly answers: readonly { readonly action: string; readonly outcome: string; readonly reason: string | null }[];
}

/** Keeps the latest ones. */
export interface DecisionTraces {
  record(trace: DecisionTrace): void;
  /** Undefined: the account has had none of that id here, or long ago. */
  find(accountId: Id<'account'>, requestId: string): DecisionTrace | undefined;
}

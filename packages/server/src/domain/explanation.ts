import type { Decision, EndpointFacts } from '@adit/policy-kit';

/** What would become of a visitor, rule by rule. */
export interface Explanation {
  readonly verdict: ExplainedVerdict;
  /** The endpoint that he asks for, then each internal one that policies send him on to. */
  readonly hops: readonly ExplainedHop[];
  /** His request as it would be forwarded; null: it would not, or there is none. */
  readonly forwarded: ExplainedForward | null;
}

export interface ExplainedVerdict {
  /** `allow`: he gets to the service. `reroute`: he goes on to an internal endpoint of which nothing is known here. */
  readonly outcome: 'allow' | Exclude<Decision['outcome'], 'continue'>;
  /** Null: he is allowed. */
  readonly reason: string | null;
  /** Of the error that he is shown, e.g. `ERR_ADIT_3205`; null: none. */
  readonly errorCode: string | null;
  /** Of the answer that he gets from here; null: it is the service's, or there is none. */
  readonly status: number | null;
}

/** One endpoint, and what its rules make of him. */
export interface ExplainedHop {
  readonly endpoint: EndpointFacts;
  /** Others share its address, and may have other rules: this is any one of them. */
  readonly isPooled: boolean;
  /** Those of all layers that are asked before something is forwarded, in their order. */
  readonly rules: readonly ExplainedRule[];
}

export interface ExplainedRule {
  readonly layer: string;
  readonly phase: string;
  /** From 0, within its phase of its layer. */
  readonly index: number;
  /** Empty: none. */
  readonly name: string;
  /** False: the phase had ended, or is not asked at all. */
  readonly isAsked: boolean;
  readonly conditions: readonly ExplainedCondition[];
  /** Those that were asked, in order. */
  readonly actions: readonly ExplainedAction[];
}

export interface ExplainedCondition {
  readonly text: string;
  /** Null: not evaluated, or it cannot be. */
  readonly holds: boolean | null;
  /** Why it cannot be evaluated; null: it can, or nobody tried. */
  readonly failure: string | null;
}

export interface ExplainedAction {
  readonly type: string;
  readonly outcome: Decision['outcome'];
  /** Null: it let him pass. */
  readonly reason: string | null;
  /** It would call another service, and what it answers now it answers without. */
  readonly wouldCall: boolean;
}

export interface ExplainedForward {
  /** Null: a secret may be in it. */
  readonly target: string | null;
  readonly headers: readonly ExplainedLine[];
  /** True: the service gets the bytes of the visitor's WebSocket in place of all that. */
  readonly isUnwrapped: boolean;
}

/** One header line. */
export interface ExplainedLine {
  readonly name: string;
  /** Null: a secret may be in it. */
  readonly value: string | null;
}

/** A visitor whom somebody asks about. */
export interface AskedVisitor {
  readonly clientIp: string;
  /** What he asks for, `host` or `host:port`: the Host line of a request, the server name of TLS. */
  readonly authority: string;
  /** What he sends where the endpoint speaks HTTP. */
  readonly request: {
    readonly method: string;
    readonly path: string;
    /** Name, value, name, value; besides `Host`. */
    readonly headers: readonly string[];
    /** Null: no content. */
    readonly body: Uint8Array | null;
  };
}

import type { ConnectFacts, EndpointFacts } from './facts.ts';
import type { PolicyEvent, PolicyRequest, PolicyResponse } from './messages.ts';

/** One decision under way: what is known, and what policies leave for those behind them. One for each request. */
export interface ConnectContext {
  readonly connection: ConnectFacts;
  readonly endpoint: EndpointFacts;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /**
   * True: somebody asks what would happen (`explain`), or what was decided is decided again (`recheck`). Then nothing is
   * counted, called or kept.
   */
  readonly isDry: boolean;
  /** Told in place of a call that is not made because of `isDry`: whoever asks has to know that the answer might be another. */
  wouldCall(): void;
  /** What expressions behind this policy find under `actions.adit.<its name>`; replaces what an earlier run of it left. */
  setResult(values: Readonly<Record<string, unknown>>): void;
  /** What expressions behind this policy find under `vars`, in this phase. */
  setVariable(name: string, value: unknown): void;
  /**
   * What is counted across requests and must survive a change of the configuration: one value for each account, endpoint,
   * module and key, made when first asked for, forgotten some time after nobody asks any more. Held in this process alone. What
   * is made while `isDry` is not kept.
   */
  state<State extends object>(key: string, create: () => State): State;
  /** Lines for the event of this request or connection. */
  log(fields: Readonly<Record<string, string>>): void;
}

export interface RequestContext extends ConnectContext {
  readonly request: PolicyRequest;
  /** A header line for the upstream that only we write: the visitor's own lines of that name never reach it. */
  addIdentity(name: string, value: string): void;
}

export interface ResponseContext extends RequestContext {
  readonly response: PolicyResponse;
}

export interface EventContext extends ResponseContext {
  readonly event: PolicyEvent;
}

/**
 * What is known of a stream that was admitted. Its request is as it came, without what policies made of it, and a copy: what a
 * policy changes in it is seen by those behind it and by nobody else. Missing for raw streams.
 */
export interface StreamContext extends Omit<RequestContext, 'request'> {
  readonly request?: PolicyRequest;
}

/** How a request ended, told to whoever wants to know afterwards. */
export interface Outcome {
  /** Of the upstream's answer, also of one that no visitor got; null: there was none. */
  readonly upstreamStatus: number | null;
  /**
   * The upstream was asked, and its fault it is that there was no answer. False as well where policies ended the request, or the
   * visitor left.
   */
  readonly hasUpstreamFailed: boolean;
  readonly durationMs: number;
}

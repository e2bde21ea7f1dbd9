import type { ConnectFacts, Decision, RequestFacts } from '@adit/policy-kit';

/**
 * The policies of one endpoint, compiled. Fails closed: whatever a policy throws, rejects with or does not decide in time
 * comes back as a denial with code 9004. An empty chain answers without allocating.
 */
export interface Chain {
  readonly isEmpty: boolean;
  connect(facts: ConnectFacts): Decision | Promise<Decision>;
  request(facts: RequestFacts): Decision | Promise<Decision>;
  recheck(facts: ConnectFacts): Decision;
  close(): void;
}

/** One policy as its owner wrote it: not yet checked against the module's schema. */
export interface PolicySpec {
  /** The module's name in the registry. */
  readonly name: string;
  readonly config: unknown;
}

import type { AditError } from '@adit/contracts';
import type { Chain } from '../domain/chain.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import type { Requirement } from '../domain/requirement.ts';
import type { PreparedLayer } from './compile/policy-compiler.ts';
import type { PolicyDocument } from './document/policy-document.ts';
import type { Locate } from './document/policy-problems.ts';
import type { LayerName } from './run/compiled-rule.ts';

/** The rules of one endpoint's own, and who is told what becomes of its chain. */
export interface OpenChain {
  readonly url: string;
  readonly protocol: EndpointScheme;
  readonly layer: Exclude<LayerName, 'organisation'>;
  readonly document: PolicyDocument;
  readonly locate: Locate | undefined;
  /** What they must have because of its credential. */
  readonly requires: readonly Requirement[];
  /** See `ChainSource`. */
  readonly mayReadSecrets: boolean;
  /** See `ChainSource`. */
  readonly isInner: boolean;
  /** See `ChainSource`. */
  readonly isExempt: boolean;
  /** Its rules, prepared; null: it has none. */
  own: PreparedLayer | null;
  /** Those for all endpoints that its chain was made with. */
  organisation: PreparedLayer | null;
  /** The chain that is asked now; it is live. */
  current: Chain;
  /** Resolves when it has its first chain, or none. */
  opened: Promise<void>;
  /** Why its endpoint cannot be online: what it must have is more than when it was opened; null: it can. */
  lacks: AditError | null;
  /** Undefined until the endpoint is online. */
  follower: ChainFollower | undefined;
}

/** What an online endpoint is told about its chain. */
export interface ChainFollower {
  /** Another takes its place: live streams have to be asked about by it. */
  onReplaced(chain: Chain): void;
  /** Its rules lack what they must have: the endpoint goes offline and closes the chain, within the call. */
  onLacking(reason: AditError): void;
}

import type { Chain } from '../domain/chain.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import type { PreparedLayer } from './compile/policy-compiler.ts';
import type { PolicyDocument } from './document/policy-document.ts';
import type { Locate } from './document/policy-problems.ts';
import type { LayerName } from './run/compiled-rule.ts';

/** The rules of one endpoint's own, and who is told when another chain takes the place of its chain. */
export interface OpenChain {
  readonly url: string;
  readonly protocol: EndpointScheme;
  readonly layer: Exclude<LayerName, 'organisation'>;
  readonly document: PolicyDocument;
  readonly locate: Locate | undefined;
  /** See `ChainSource`. */
  readonly isInner: boolean;
  /** Its rules, prepared; null: it has none. */
  own: PreparedLayer | null;
  /** Those for all endpoints that its chain was made with. */
  organisation: PreparedLayer | null;
  /** The chain that is asked now; it is live. */
  current: Chain;
  /** Undefined until the endpoint is online. Puts the chain in the place of the one before it, and asks it about live streams. */
  onReplaced: ((chain: Chain) => void) | undefined;
}

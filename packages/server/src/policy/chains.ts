import type { Id } from '@adit/contracts';
import type { Chain } from '../domain/chain.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import type { AccountObjects } from './compile/action-host.ts';
import type { PolicyCompiler } from './compile/policy-compiler.ts';
import { isEmptyDocument, type PolicyDocument } from './document/policy-document.ts';
import type { Locate } from './document/policy-problems.ts';
import { emptyChain } from './run/empty-chain.ts';
import { PolicyChain } from './run/policy-chain.ts';
import type { PolicyStates } from './run/policy-state.ts';
import type { WalkDeps } from './run/walk.ts';

/** The rules that an agent brings with an endpoint. */
export interface ChainSource {
  readonly accountId: Id<'account'>;
  /** What is counted is counted for it. */
  readonly url: string;
  readonly protocol: EndpointScheme;
  readonly document: PolicyDocument;
  readonly locate?: Locate | undefined;
}

export interface ChainsDeps extends WalkDeps {
  readonly compiler: Pick<PolicyCompiler, 'compile'>;
  readonly states: PolicyStates;
  objectsOf(accountId: Id<'account'>): AccountObjects;
}

/** Makes the chains of endpoints out of the layers that have a say in them. */
export class Chains {
  readonly #deps: ChainsDeps;
  constructor(deps: ChainsDeps) {
    this.#deps = deps;
  }

  /** The caller owns the chain and closes it. @throws {AditError} What `PolicyCompiler.compile` throws. */
  async compile({ accountId, url, protocol, document, locate }: ChainSource): Promise<Chain> {
    if (isEmptyDocument(document)) return emptyChain;
    const { compiler, states, objectsOf } = this.#deps;
    const objects = objectsOf(accountId);
    const layer = await compiler.compile({ document, layer: 'agent', protocol, objects, ...(locate && { locate }) });
    const state = states.open(`${accountId} ${url}`);
    return new PolicyChain({ layers: [layer], tls: layer.tls, state, close: () => layer.close() }, this.#deps);
  }
}

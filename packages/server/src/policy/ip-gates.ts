import type { Id } from '@adit/contracts';
import type { ConnectFacts, EndpointFacts } from '@adit/policy-kit';
import type { Chain } from '../domain/chain.ts';
import type { IpGate } from '../domain/ip-gate.ts';
import { RecentMap } from '../domain/recent.ts';
import { AccountPolicies } from './account-policies.ts';
import type { AccountSource } from './account-source.ts';
import type { ChainsDeps } from './chains.ts';
import { isEmptyDocument } from './document/policy-document.ts';
import { emptyChain } from './run/empty-chain.ts';
import { PolicyChain } from './run/policy-chain.ts';
import { PolicyStates } from './run/policy-state.ts';

/** Gates that are kept ready. Any other is made when somebody comes. */
const maxGates = 10_000;

type Part = 'agent' | 'api';

/** The account's own doors are guarded by chains like every endpoint. */
export class IpGates implements IpGate {
  readonly #deps: ChainsDeps;
  readonly #gates = new RecentMap<string, Promise<Chain>>(maxGates);

  constructor(deps: ChainsDeps) {
    this.#deps = deps;
  }

  async admits(accountId: Id<'account'>, part: Part, clientIp: string | undefined): Promise<boolean> {
    const chain = await this.#gateOf(accountId, part);
    if (chain.isEmpty) return true;
    const decision = await chain.visit(factsOf(clientIp ?? ''), doorOf(part)).connect();
    return decision.outcome === 'continue';
  }

  /** Something that it may rest on is not as it was. */
  forget(accountId: Id<'account'>): void {
    for (const part of ['agent', 'api'] as const) this.#gates.delete(`${accountId} ${part}`);
  }

  forgetAll(): void {
    this.#gates.clear();
  }

  #gateOf(accountId: Id<'account'>, part: Part): Promise<Chain> {
    const key = `${accountId} ${part}`;
    const known = this.#gates.get(key);
    if (known) return known;
    const making = this.#make(accountId, part, this.#deps.source);
    this.#gates.set(key, making);
    making.catch(() => this.#gates.delete(key));
    return making;
  }

  async #make(accountId: Id<'account'>, part: Part, source: AccountSource): Promise<Chain> {
    const document = await source.restrictionRules(accountId, part);
    if (isEmptyDocument(document)) return emptyChain;
    const objects = new AccountPolicies(accountId, source);
    const layer = await this.#deps.compiler.compile({ document, layer: 'organisation', protocol: null, objects });
    // Nothing is counted at a door, and nobody closes it: it must not be remembered anywhere.
    const state = new PolicyStates(this.#deps.clock).open('');
    return new PolicyChain({ layers: [layer], tls: null, state, secret: () => undefined }, this.#deps);
  }
}

function factsOf(clientIp: string): ConnectFacts {
  return { clientIp, clientPort: 0, serverIp: '', serverPort: 0, serverName: null };
}

/** What is an endpoint to policies. */
function doorOf(part: Part): EndpointFacts {
  return { id: '', url: part, scheme: 'tcp', host: '', port: 0 };
}

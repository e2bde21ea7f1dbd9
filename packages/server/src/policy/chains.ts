import { isDeepStrictEqual } from 'node:util';
import { AditError, type Id, toAditError } from '@adit/contracts';
import type { Chain } from '../domain/chain.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import type { Requirement } from '../domain/requirement.ts';
import { nextTurn } from '../domain/wait.ts';
import { AccountPolicies } from './account-policies.ts';
import type { AccountSource } from './account-source.ts';
import type { PolicyCompiler, PreparedLayer } from './compile/policy-compiler.ts';
import { isEmptyDocument, type PolicyDocument } from './document/policy-document.ts';
import type { Locate } from './document/policy-problems.ts';
import type { ChainFollower, OpenChain } from './open-chain.ts';
import { emptyChain } from './run/empty-chain.ts';
import { PolicyChain } from './run/policy-chain.ts';
import type { PolicyStates } from './run/policy-state.ts';
import { refusingChain } from './run/refusing-chain.ts';
import type { WalkDeps } from './run/walk.ts';

/** Made anew in one turn of the event loop. */
const chainsPerTurn = 50;

/** The rules that an endpoint has of its own. */
export interface ChainSource {
  readonly accountId: Id<'account'>;
  /** What is counted is counted for it. */
  readonly url: string;
  readonly protocol: EndpointScheme;
  readonly layer: OpenChain['layer'];
  readonly document: PolicyDocument;
  readonly locate?: Locate | undefined;
  /** What they must have besides what the account requires of all. Default: nothing. */
  readonly requires?: readonly Requirement[];
  /** False: they are not opened if they ask for secrets of the account. Default: they may. */
  readonly mayReadSecrets?: boolean;
  /**
   * True: rules that cannot be enforced now refuse everybody until they can, as for those that were in force before. Default:
   * they are not opened.
   */
  readonly isInForce?: boolean;
  /** True: the account's rules are not asked here, as they were before. Default: they are. */
  readonly isInner?: boolean;
  /** True: what is required of endpoints is met elsewhere, or by nobody yet. Default: its rules have to have it. */
  readonly isExempt?: boolean;
}

/** The chain of an endpoint, for as long as that is online. */
export interface LiveChain {
  /** Live: what it says is enforced. */
  readonly chain: Chain;
  /** What it must have by now and has not; null: nothing. To be asked right before its endpoint goes online. */
  readonly lacks: AditError | null;
  /** From now on, and at once about what has happened meanwhile. */
  follow(follower: ChainFollower): void;
  /** Calling twice is harmless. */
  close(): void;
}

export interface ChainsDeps extends WalkDeps {
  readonly compiler: Pick<PolicyCompiler, 'compile' | 'checkRequirements'>;
  readonly states: PolicyStates;
  readonly source: AccountSource;
}

/**
 * Makes the chains of endpoints out of the layers that have a say in them, and makes them anew when something changes that
 * they rest on. What cannot be made any more refuses everybody until it can.
 */
export class Chains {
  readonly #deps: ChainsDeps;
  readonly #accounts = new Map<Id<'account'>, Promise<AccountPolicies>>();

  constructor(deps: ChainsDeps) {
    this.#deps = deps;
  }

  /**
   * The caller closes it.
   *
   * @throws {AditError} What `compile` and `checkRequirements` of the compiler throw. 9410: its rules ask for secrets and may not.
   */
  async open(source: ChainSource): Promise<LiveChain> {
    const { url, protocol, layer, document, locate, requires = [], mayReadSecrets = true } = source;
    const { isInner = false, isExempt = false } = source;
    const open: OpenChain = {
      ...{ url, protocol, layer, document, locate, requires, mayReadSecrets, isInner, isExempt },
      ...{ own: null, organisation: null, current: emptyChain, opened: Promise.resolve() },
      ...{ lacks: null, follower: undefined },
    };
    const account = await this.#join(source.accountId, open);
    try {
      const making = this.#make(account, open, source.isInForce ?? false);
      open.opened = making.catch(() => {});
      await making;
      this.#checkRequirements(account, open);
    } catch (error) {
      this.#close(account, open);
      throw error;
    }
    const chain = open.current;
    return {
      chain,
      get lacks() {
        return open.lacks;
      },
      follow: (follower) => this.#follow(open, follower, chain),
      close: () => this.#close(account, open),
    };
  }

  /** Something that chains of the account rest on is not as it was. @throws When the store cannot be read: ask again. */
  async refresh(accountId: Id<'account'>): Promise<void> {
    const known = this.#accounts.get(accountId);
    if (!known) return;
    const account = await known;
    account.beginGeneration();
    if (account.hasSecrets) await account.loadSecrets();
    const before = account.organisation;
    await this.#loadOrganisation(account);
    for (const [i, open] of [...account.chains].entries()) {
      this.#noteLacking(account, open);
      if (account.chains.has(open)) await this.#remake(account, open);
      if (i % chainsPerTurn === chainsPerTurn - 1) await nextTurn();
    }
    if (before !== account.organisation) before?.close();
    // The last chain went while this was on its way.
    if (account.chains.size === 0) account.organisation?.close();
  }

  /** As `refresh`, of every account that has an endpoint here. */
  async refreshAll(): Promise<void> {
    for (const accountId of [...this.#accounts.keys()]) await this.refresh(accountId);
  }

  /** Adds a chain to those of its account. Who waits for that may find that the last chain has gone, and what it had with it. */
  async #join(accountId: Id<'account'>, open: OpenChain): Promise<AccountPolicies> {
    for (;;) {
      const loading = this.#accountOf(accountId);
      const account = await loading;
      if (this.#accounts.get(accountId) !== loading) continue;
      account.chains.add(open);
      return account;
    }
  }

  #accountOf(accountId: Id<'account'>): Promise<AccountPolicies> {
    const known = this.#accounts.get(accountId);
    if (known) return known;
    const loading = this.#load(accountId);
    this.#accounts.set(accountId, loading);
    loading.catch(() => this.#accounts.delete(accountId));
    return loading;
  }

  async #load(accountId: Id<'account'>): Promise<AccountPolicies> {
    const account = new AccountPolicies(accountId, this.#deps.source);
    await this.#loadOrganisation(account);
    return account;
  }

  /** Rules that cannot be enforced are no reason to let everybody in. */
  async #loadOrganisation(account: AccountPolicies): Promise<void> {
    try {
      const { document, requires } = await this.#deps.source.organisationRules(account.accountId);
      account.organisation = await this.#organisationOf(account, document);
      account.requires = requires;
      account.broken = null;
    } catch (error) {
      if (!isBroken(error)) throw error;
      const message = `Cannot enforce the account's rules for all endpoints: ${error.message}`;
      account.broken = new AditError(error.code, message, { cause: error });
    }
  }

  async #organisationOf(account: AccountPolicies, document: PolicyDocument): Promise<PreparedLayer | null> {
    if (isEmptyDocument(document)) return null;
    const { organisation: before } = account;
    if (before && !before.usesObjects && isDeepStrictEqual(before.document, document)) return before;
    return await this.#compile(account, {
      ...{ document, layer: 'organisation', protocol: null, locate: undefined, mayReadSecrets: true },
    });
  }

  async #compile(
    account: AccountPolicies,
    {
      locate,
      mayReadSecrets,
      ...part
    }: Pick<OpenChain, 'document' | 'locate' | 'mayReadSecrets'> &
      Pick<Parameters<PolicyCompiler['compile']>[0], 'layer' | 'protocol'>,
  ): Promise<PreparedLayer> {
    const layer = await this.#deps.compiler.compile({ ...part, objects: account, ...(locate && { locate }) });
    try {
      if (layer.readsSecrets && !mayReadSecrets) throw new AditError(9410);
      await account.needSecretsOf(layer);
      return layer;
    } catch (error) {
      layer.close();
      throw error;
    }
  }

  /** @param isInForce See `ChainSource`. */
  async #make(account: AccountPolicies, open: OpenChain, isInForce: boolean): Promise<void> {
    try {
      await this.#makeUntilCurrent(account, open);
    } catch (error) {
      if (!isInForce || !isBroken(error)) throw error;
      this.#refuse(open, error);
    }
  }

  /** What changes while it is made counts as well. */
  async #makeUntilCurrent(account: AccountPolicies, open: OpenChain): Promise<void> {
    for (;;) {
      if (account.broken) throw account.broken;
      const { generation } = account;
      const own = await this.#ownOf(account, open);
      const isClosed = !account.chains.has(open);
      if (isClosed || generation !== account.generation) {
        if (own !== open.own) own?.close();
        if (isClosed) return;
        continue;
      }
      if (!this.#isAsItWas(account, open, own)) open.current = this.#chainOf(account, open, own);
      const before = open.own;
      open.own = own;
      open.organisation = organisationOf(account, open);
      if (before !== own) before?.close();
      return;
    }
  }

  /** Then the chain stays, and nobody is asked anew. Secrets are asked for as they are: who was let in by one may not be any more. */
  #isAsItWas(account: AccountPolicies, open: OpenChain, own: PreparedLayer | null): boolean {
    if (open.current === refusingChain || account.hasSecrets) return false;
    return open.own === own && open.organisation === organisationOf(account, open);
  }

  /** Rules that rest on nothing else stay as they were prepared. */
  async #ownOf(account: AccountPolicies, open: OpenChain): Promise<PreparedLayer | null> {
    if (isEmptyDocument(open.document)) return null;
    if (open.own && !open.own.usesObjects) return open.own;
    return await this.#compile(account, open);
  }

  #chainOf(account: AccountPolicies, open: OpenChain, own: PreparedLayer | null): Chain {
    const { accountId, secret } = account;
    const organisation = organisationOf(account, open);
    const layers = [organisation, own].filter((layer) => layer !== null);
    if (layers.length === 0) return emptyChain;
    const state = this.#deps.states.open(`${accountId} ${open.url}`);
    return new PolicyChain({ layers, tls: own?.tls ?? null, state, secret }, this.#deps);
  }

  async #remake(account: AccountPolicies, open: OpenChain): Promise<void> {
    // Else each would put its chain in place of the other's, which nobody closes then.
    await open.opened;
    const before = open.current;
    await this.#make(account, open, true);
    if (open.current === before) return;
    open.follower?.onReplaced(open.current);
    before.close();
  }

  #refuse(open: OpenChain, error: AditError): void {
    this.#deps.log.error({ err: error, url: open.url }, 'A policy cannot be enforced any more: everybody is refused');
    open.current = refusingChain;
  }

  #checkRequirements({ requires: account }: AccountPolicies, open: OpenChain): void {
    const { document, requires: credential, isExempt } = open;
    if (isExempt) return;
    this.#deps.compiler.checkRequirements(document, { credential, account });
  }

  #noteLacking(account: AccountPolicies, open: OpenChain): void {
    open.lacks = null;
    try {
      this.#checkRequirements(account, open);
    } catch (error) {
      open.lacks = toAditError(error);
      open.follower?.onLacking(open.lacks);
    }
  }

  #follow(open: OpenChain, follower: ChainFollower, known: Chain): void {
    open.follower = follower;
    if (open.current !== known) follower.onReplaced(open.current);
    if (open.lacks) follower.onLacking(open.lacks);
  }

  #close(account: AccountPolicies, open: OpenChain): void {
    if (!account.chains.has(open)) return;
    this.#forget(account, open);
    open.current.close();
    open.own?.close();
  }

  #forget(account: AccountPolicies, open: OpenChain): void {
    account.chains.delete(open);
    open.follower = undefined;
    if (account.chains.size > 0) return;
    this.#accounts.delete(account.accountId);
    account.organisation?.close();
  }
}

/** The account's rules, where they have a say. */
function organisationOf({ organisation }: AccountPolicies, { isInner }: OpenChain): PreparedLayer | null {
  return isInner ? null : organisation;
}

/** False: nothing is wrong with the rules, the store could not be read. */
function isBroken(error: unknown): error is AditError {
  return error instanceof AditError && error.kind !== 'unavailable';
}

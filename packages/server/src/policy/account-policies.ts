import { AditError, type Id } from '@adit/contracts';
import type { AccountAuthority, InternalTarget, IpRules, PolicyHost } from '@adit/policy-kit';
import type { Requirement } from '../domain/requirement.ts';
import { type AccountSource, secretKey } from './account-source.ts';
import type { AccountObjects } from './compile/action-host.ts';
import type { PreparedLayer } from './compile/policy-compiler.ts';
import type { OpenChain } from './open-chain.ts';

/** What an account's policies share on this server, for as long as it has an endpoint here. */
export class AccountPolicies implements AccountObjects {
  readonly accountId: Id<'account'>;
  readonly chains = new Set<OpenChain>();
  /** Its rules for all endpoints; null: none. */
  organisation: PreparedLayer | null = null;
  /** What each must have of its own. */
  requires: readonly Requirement[] = [];
  /** Why its rules for all endpoints cannot be enforced: then nobody may come to any. Null: they are. */
  broken: AditError | null = null;
  readonly #source: AccountSource;
  #generation = 0;
  /** Of this generation: many chains may rest on the same, and its lists are long. */
  #authorities = new Map<string, AccountAuthority>();
  #secrets: ReadonlyMap<string, string> | null = null;

  constructor(accountId: Id<'account'>, source: AccountSource) {
    this.accountId = accountId;
    this.#source = source;
  }

  /** Rises with every change of what chains rest on. */
  get generation(): number {
    return this.#generation;
  }

  beginGeneration(): void {
    this.#generation += 1;
    this.#authorities = new Map();
  }

  /** Before a layer is asked. */
  async needSecretsOf({ readsSecrets }: Pick<PreparedLayer, 'readsSecrets'>): Promise<void> {
    if (this.#secrets === null && readsSecrets) await this.loadSecrets();
  }

  /** Those of this generation: one that begins meanwhile may be for a secret that was read already. */
  async loadSecrets(): Promise<void> {
    const { generation } = this;
    const secrets = await this.#source.secrets(this.accountId);
    if (generation !== this.generation) return await this.loadSecrets();
    this.#secrets = secrets;
  }

  /** True: somebody has asked for one. */
  get hasSecrets(): boolean {
    return this.#secrets !== null;
  }

  readonly secret = (vault: string, name: string): string | undefined => this.#secrets?.get(secretKey(vault, name));

  async ipPolicy(id: string): Promise<IpRules> {
    const rules = await this.#source.ipRules(this.accountId, id);
    if (!rules)
      throw new AditError(1402, `Cannot use the IP policy ${JSON.stringify(id.slice(0, 100))}: there is none`);
    return rules;
  }

  async certificateAuthority(id: string): Promise<AccountAuthority> {
    // A generation may begin meanwhile, for which this is too old.
    const known = this.#authorities;
    const authority = known.get(id) ?? (await this.#source.certificateAuthority(this.accountId, id));
    if (!authority) {
      throw new AditError(
        9600,
        `Cannot use the certificate authority ${JSON.stringify(id.slice(0, 100))}: there is none`,
      );
    }
    known.set(id, authority);
    return authority;
  }

  findInternal(...args: Parameters<PolicyHost['findInternal']>): InternalTarget | undefined {
    return this.#source.findInternal(this.accountId, ...args);
  }

  awaitInternal(...args: Parameters<PolicyHost['awaitInternal']>): ReturnType<PolicyHost['awaitInternal']> {
    return this.#source.awaitInternal(this.accountId, ...args);
  }

  fetchInternal(...args: Parameters<PolicyHost['fetchInternal']>): ReturnType<PolicyHost['fetchInternal']> {
    return this.#source.fetchInternal(this.accountId, ...args);
  }
}

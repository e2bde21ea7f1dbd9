import type { Id } from '@adit/contracts';
import type { AccountAuthority, InternalTarget, IpRules, PolicyHost } from '@adit/policy-kit';
import type { RestrictedPart } from '../domain/ip-gate.ts';
import type { Requirement } from '../domain/requirement.ts';
import type { PolicyDocument } from './document/policy-document.ts';

/** What an account has decided for all its endpoints. */
export interface OrganisationRules {
  /** Around the rules of each; empty: none. */
  readonly document: PolicyDocument;
  /** What each must have of its own. */
  readonly requires: readonly Requirement[];
}

/** Reads what policies of an account rest on, as the store has it now. */
export interface AccountSource {
  /** @throws {AditError} As `parsePolicy`: they cannot be read any more. */
  organisationRules(accountId: Id<'account'>): Promise<OrganisationRules>;
  /** Rules for one of the account's own doors. */
  restrictionRules(accountId: Id<'account'>, part: RestrictedPart): Promise<PolicyDocument>;
  /** Undefined: there is no such policy of addresses. */
  ipRules(accountId: Id<'account'>, id: string): Promise<IpRules | undefined>;
  /** Undefined: there is no such authority. */
  certificateAuthority(accountId: Id<'account'>, id: string): Promise<AccountAuthority | undefined>;
  /** All secrets, by `secretKey`. */
  secrets(accountId: Id<'account'>): Promise<ReadonlyMap<string, string>>;
  /** See `PolicyHost.findInternal`. */
  findInternal(accountId: Id<'account'>, ...args: Parameters<PolicyHost['findInternal']>): InternalTarget | undefined;
  /** See `PolicyHost.awaitInternal`. */
  awaitInternal(
    accountId: Id<'account'>,
    ...args: Parameters<PolicyHost['awaitInternal']>
  ): ReturnType<PolicyHost['awaitInternal']>;
  /** See `PolicyHost.fetchInternal`. */
  fetchInternal(
    accountId: Id<'account'>,
    ...args: Parameters<PolicyHost['fetchInternal']>
  ): ReturnType<PolicyHost['fetchInternal']>;
}

/** Under what a secret is found. Names hold no NUL. */
export function secretKey(vault: string, name: string): string {
  return `${vault}\0${name}`;
}

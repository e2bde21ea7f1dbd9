// The core objects, as the store keeps them. Secrets are never here: only their hashes are stored, by the store itself.
import type { Id } from '@adit/contracts';
import type { Roles } from './roles.ts';

export interface Account {
  readonly id: Id<'account'>;
  readonly name: string;
  readonly createdAtMs: number;
  /** Null: not suspended. Nothing works in a suspended account: no agent, no API call, no endpoint. */
  readonly suspendedAtMs: number | null;
  /** 1 when made; each change of its name makes it one more. */
  readonly revision: number;
}

/** As it is made: not suspended, never changed. */
export type NewAccount = Omit<Account, 'suspendedAtMs' | 'revision'>;

/** A person, or a service user: a program that is nobody's, and in one account only. */
export type UserId = Id<'user'> | Id<'serviceUser'>;

export interface User {
  readonly id: UserId;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface Membership {
  readonly accountId: Id<'account'>;
  readonly userId: UserId;
  readonly roles: Roles;
}

/** `authtoken`: opens agent sessions. `api_key`: calls the control API. Neither can do the other's work. */
export type CredentialKind = 'authtoken' | 'api_key';
export type CredentialId = Id<'credential'> | Id<'apiKey'>;

export interface Credential {
  readonly id: CredentialId;
  readonly kind: CredentialKind;
  readonly accountId: Id<'account'>;
  readonly ownerId: UserId;
  /** ≤ 255 bytes. */
  readonly description: string;
  /** ≤ 4,096 bytes, opaque. */
  readonly metadata: string;
  readonly createdAtMs: number;
  /** What its agents may open, in canonical form (`domain/credential-acl.ts`); empty: no limit. API keys have none. */
  readonly acl: readonly string[];
  /** 1 when made; each change makes it one more. */
  readonly revision: number;
}

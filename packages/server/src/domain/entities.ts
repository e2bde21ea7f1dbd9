// The core objects, as the store keeps them. Secrets are never here: only their hashes are stored, by the store itself.
import type { Id } from '@adit/contracts';

export interface Account {
  readonly id: Id<'account'>;
  readonly name: string;
  readonly createdAtMs: number;
  /** Null: not suspended. Nothing works in a suspended account: no agent, no API call, no endpoint. */
  readonly suspendedAtMs: number | null;
}

export interface User {
  readonly id: Id<'user'>;
  readonly name: string;
  readonly createdAtMs: number;
}

/** What a member may do; `authorize` holds the meaning. */
export type Role = 'administrator' | 'developer';

export interface Membership {
  readonly accountId: Id<'account'>;
  readonly userId: Id<'user'>;
  readonly role: Role;
}

/** `authtoken`: opens agent sessions. `api_key`: calls the control API. Neither can do the other's work. */
export type CredentialKind = 'authtoken' | 'api_key';
export type CredentialId = Id<'credential'> | Id<'apiKey'>;

export interface Credential {
  readonly id: CredentialId;
  readonly kind: CredentialKind;
  readonly accountId: Id<'account'>;
  readonly ownerId: Id<'user'>;
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

import type { Id } from '@adit/contracts';

/** What of the configuration is kept as documents; control/resources/ says what each kind is. */
export const documentKinds = [
  'accountRules',
  'agentIngress',
  'certificateAuthority',
  'endpoint',
  'eventDestination',
  'eventSubscription',
  'failoverBackend',
  'httpResponseBackend',
  'httpsEdge',
  'httpsEdgeRoute',
  'ipPolicy',
  'ipPolicyRule',
  'ipRestriction',
  'reservedAddress',
  'reservedDomain',
  'secret',
  'sshCredential',
  'staticBackend',
  'tcpEdge',
  'tlsCertificate',
  'tlsEdge',
  'tunnelGroupBackend',
  'vault',
  'weightedBackend',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

export type DocumentId = Id<DocumentKind>;

/** Names one document. The account is part of every key, so that no id reaches across accounts. */
export interface DocumentKey {
  readonly accountId: Id<'account'>;
  readonly kind: DocumentKind;
  readonly id: DocumentId;
}

/** One object of an account's configuration: what all kinds have in common, and a body that only its kind understands. */
export interface Document<Body extends object = object> extends DocumentKey {
  /** The document it belongs to and is deleted with; null: none. Of the same account. */
  readonly parentId: DocumentId | null;
  /** ≤ 255 bytes. */
  readonly description: string;
  /** ≤ 4,096 bytes, opaque. */
  readonly metadata: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** 1 when made; each change makes it one more. */
  readonly revision: number;
  /** JSON. Never a secret. */
  readonly body: Body;
}

/** What nobody else may have as long as the document has it. */
export interface Claim {
  /** Within what the name is unique: all accounts, unless it says which. */
  readonly space: string;
  readonly name: string;
}

/** What ties a document to others. */
export interface DocumentLinks {
  /** Documents of its account that must not be deleted before it. */
  readonly references: readonly DocumentId[];
  readonly claims: readonly Claim[];
}

export interface DocumentQuery {
  readonly accountId: Id<'account'>;
  readonly kind: DocumentKind;
  readonly limit: number;
  /** Only older ones. */
  readonly beforeId?: string | undefined;
  readonly parentId?: DocumentId | undefined;
}

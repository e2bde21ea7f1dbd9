import type { AditError } from '@adit/contracts';

/** What is known of a visitor's connection when it begins. */
export interface TappedConnection {
  readonly forwardId: string;
  /** `ip:port` of the visitor, as the server says. */
  readonly clientAddress: string;
}

/**
 * Sees the bytes of one visitor's connection as they pass. It must not change them nor throw, and must copy what it keeps
 * longer than the call.
 */
export interface ConnectionTap {
  fromVisitor(bytes: Uint8Array): void;
  fromUpstream(bytes: Uint8Array): void;
  /** The connection is over. Called once. Null: in order. */
  closed(error: AditError | null): void;
}

/** Asked for each connection of a forward. Undefined: nobody looks at this one. */
export type Tap = (connection: TappedConnection) => ConnectionTap | undefined;

/**
 * What a sealed value belongs to: what it is for, then the ids of its row, the account's first. A value opens only with the
 * context it was sealed with, so one that was moved to another row or account is refused.
 */
export type SealContext = readonly [purpose: string, ...ids: string[]];

/** Encrypts what must not be readable in a stolen database: small secrets, each bound to its place. */
export interface Sealer {
  /** Encrypts and authenticates. Twice the same gives two different values. */
  seal(plain: Uint8Array, context: SealContext): Uint8Array;
  /**
   * @throws {AditError} 9241: damaged, not sealed by this, or of another context; which of them is not said. 9240: sealed with
   *   a key that is not here (any more).
   */
  open(sealed: Uint8Array, context: SealContext): Uint8Array;
}

/** A key that is itself sealed, so that whoever deletes the sealed key has deleted all that it seals. */
export interface SealedKey {
  readonly sealedKey: Uint8Array;
  readonly sealer: Sealer;
}

/** The sealer of a server: its keys can be replaced, and it makes keys for others. Adapter: `secrets/`. */
export interface SecretsSealer extends Sealer {
  /** How every value begins that is sealed now: another beginning, another key. */
  readonly beginning: Uint8Array;
  /** The same secret, sealed with the key that seals now. Throws as `open` does. */
  reseal(sealed: Uint8Array, context: SealContext): Uint8Array;
  /** Makes a key of its own for, say, one person. */
  newKey(context: SealContext): SealedKey;
  /** The sealer of a key that `newKey` made. Throws as `open` does. */
  openKey(sealedKey: Uint8Array, context: SealContext): Sealer;
}

import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** What a signature is for. Part of what is signed: one kind can never be passed off as another. */
export type Purpose = 'session-cookie' | 'bind-token';

/** Signs what agents carry for us between sessions, so that a server with empty memory recognises it. */
export class Signer {
  /** Prepared once: that takes four times as long as a signature, and a herd of agents coming back wants four each. */
  readonly #key: KeyObject;

  /** @param key At least 32 random bytes that outlive a restart. */
  constructor(key: Uint8Array) {
    if (key.length < 32) throw new RangeError('Cannot sign with a key of fewer than 32 bytes');
    this.#key = createSecretKey(key);
  }

  /** The signature as text: base64url of HMAC-SHA-256. */
  sign(purpose: Purpose, parts: readonly string[]): string {
    return this.#mac(purpose, parts).toString('base64url');
  }

  /** Takes the same time for every wrong signature. */
  isValid(signature: string, purpose: Purpose, parts: readonly string[]): boolean {
    const expected = this.#mac(purpose, parts);
    const given = Buffer.from(signature, 'base64url');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #mac(purpose: Purpose, parts: readonly string[]): Buffer {
    // JSON keeps ["ab", "c"] and ["a", "bc"] apart.
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([purpose, ...parts]))
      .digest();
  }
}

import { createHmac, randomBytes } from 'node:crypto';
import type { SealContext, Sealer } from '../domain/sealer.ts';
import { beginningOf, type KeyMaterial, keyIdBytes, openWith, sealWith } from './sealed-form.ts';

const keyBytes = 32;
const keyText = /^[A-Za-z0-9_-]{43}$/;

/** One key of 256 random bits. Its id is made from it, one way: nobody has to give it one, and a damaged key is noticed. */
export class SecretsKey implements Sealer {
  readonly #key: KeyMaterial;
  /** 16 digits of hex. Not secret. */
  readonly id: string;

  /** @throws {RangeError} Not 32 bytes. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== keyBytes)
      throw new RangeError(`Cannot use a key of ${bytes.length} bytes: it has ${keyBytes}`);
    const id = createHmac('sha256', bytes).update('adit secrets key id').digest().subarray(0, keyIdBytes);
    this.#key = { id, bytes: Uint8Array.from(bytes) };
    this.id = id.toString('hex');
  }

  static random(): SecretsKey {
    return new SecretsKey(randomBytes(keyBytes));
  }

  /** Undefined: the text is not a key, which is 43 characters of base64url (RFC 4648 §5, no padding). */
  static parse(text: string): SecretsKey | undefined {
    if (!keyText.test(text)) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // The last character has two bits to spare: only one spelling of a key is right.
    return bytes.toString('base64url') === text ? new SecretsKey(bytes) : undefined;
  }

  get beginning(): Uint8Array {
    return beginningOf(this.#key);
  }

  /** The secret itself, for the key file and for sealing it with another key. */
  bytes(): Uint8Array {
    return this.#key.bytes;
  }

  seal(plain: Uint8Array, context: SealContext): Uint8Array {
    return sealWith(this.#key, plain, context);
  }

  open(sealed: Uint8Array, context: SealContext): Uint8Array {
    return openWith(this.#key, sealed, context);
  }
}

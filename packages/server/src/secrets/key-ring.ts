import { AditError } from '@adit/contracts';
import type { SealContext, SealedKey, Sealer, SecretsSealer } from '../domain/sealer.ts';
import { changeKeyFile, readKeyFileNow } from './key-file.ts';
import { type Keys, maxKeys } from './key-text.ts';
import { sealedKeyId } from './sealed-form.ts';
import { SecretsKey } from './secrets-key.ts';

/** The keys of a server: the first seals, all of them open. Made by `openKeyRing`. */
export class KeyRing implements SecretsSealer {
  #keys: Keys;
  readonly #file: string | null;

  /** @param file Where the keys are kept; null: they were given, and cannot be changed from here. */
  constructor(keys: Keys, file: string | null) {
    this.#keys = keys;
    this.#file = file;
  }

  /** Of the key that seals. */
  get currentKeyId(): string {
    return this.#keys[0].id;
  }

  get beginning(): Uint8Array {
    return this.#keys[0].beginning;
  }

  seal(plain: Uint8Array, context: SealContext): Uint8Array {
    return this.#keys[0].seal(plain, context);
  }

  open(sealed: Uint8Array, context: SealContext): Uint8Array {
    return this.#keyOf(sealed).open(sealed, context);
  }

  reseal(sealed: Uint8Array, context: SealContext): Uint8Array {
    return this.seal(this.open(sealed, context), context);
  }

  newKey(context: SealContext): SealedKey {
    const sealer = SecretsKey.random();
    return { sealer, sealedKey: this.seal(sealer.bytes(), context) };
  }

  openKey(sealedKey: Uint8Array, context: SealContext): Sealer {
    return new SecretsKey(this.open(sealedKey, context));
  }

  /**
   * Makes a new key, which seals from now on; the others still open. It is on disk when this resolves. Answers its id.
   *
   * @throws {AditError} 9243: the keys are not in a file, or another process is rotating them. 9210, 9242: the file.
   */
  async rotateKey(): Promise<string> {
    if (this.#file === null) {
      throw new AditError(
        9243,
        'Cannot rotate the secrets key: it is not in a file. Put a new one in front of it in ADIT_SECRETS_KEY, with a comma between',
      );
    }
    this.#keys = await changeKeyFile(this.#file, (keys = this.#keys) => {
      if (keys.length < maxKeys) return [SecretsKey.random(), ...keys];
      throw new AditError(9243, `Cannot rotate the secrets key: there are ${maxKeys}. Drop those that nothing needs`);
    });
    return this.currentKeyId;
  }

  #keyOf(sealed: Uint8Array): SecretsKey {
    const keyId = sealedKeyId(sealed);
    const key = this.#find(keyId) ?? this.#findInFile(keyId);
    // No path: strangers may see the message.
    if (!key) throw new AditError(9240, `Cannot open a stored secret: its key "${keyId}" is missing`);
    return key;
  }

  #find(keyId: string): SecretsKey | undefined {
    return this.#keys.find(({ id }) => id === keyId);
  }

  /** Another process may have rotated since the file was read. */
  #findInFile(keyId: string): SecretsKey | undefined {
    if (this.#file === null) return undefined;
    try {
      this.#keys = readKeyFileNow(this.#file);
    } catch {
      // Those read earlier still open what they did.
    }
    return this.#find(keyId);
  }
}

import { AditError } from '@adit/contracts';
import type { SealContext, SealedKey, Sealer, SecretsSealer } from '../domain/sealer.ts';
import { changeKeyFile, lockRotation, readKeyTextNow } from './key-file.ts';
import { type Keys, maxKeys, parseKeyFile } from './key-text.ts';
import { sealedKeyId } from './sealed-form.ts';
import { SecretsKey } from './secrets-key.ts';

/**
 * The keys of a server: the first seals, all of them open. In a file they may be changed by another process: what is sealed
 * after that is sealed with the key that is first then. Made by `openKeyRing`.
 */
export class KeyRing implements SecretsSealer {
  #keys: Keys;
  readonly #file: string | null;
  /** The file as it was read last. */
  #text: string | undefined;

  /** @param file Where the keys are kept; null: they were given, and cannot be changed from here. */
  constructor(keys: Keys, file: string | null) {
    this.#keys = keys;
    this.#file = file;
  }

  /** Of the key that seals. */
  get currentKeyId(): string {
    return this.#current.id;
  }

  get beginning(): Uint8Array {
    return this.#current.beginning;
  }

  /** True: they come from the environment, and cannot be changed from here. */
  get isGiven(): boolean {
    return this.#file === null;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#keys.length;
  }

  seal(plain: Uint8Array, context: SealContext): Uint8Array {
    return this.#current.seal(plain, context);
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
   * @throws {AditError} 9243: the keys are not in a file, or another process is changing them. 9210, 9242: the file.
   */
  async rotateKey(): Promise<string> {
    this.#keys = await changeKeyFile(this.#fileToChange(), (keys = this.#keys) => {
      if (keys.length < maxKeys) return [SecretsKey.random(), ...keys];
      throw new AditError(9243, `Cannot rotate the secrets key: there are ${maxKeys}. Drop those that nothing needs`);
    });
    return this.#keys[0].id;
  }

  /**
   * Keeps the key that seals, and no other: the caller has made sure that nothing needs them, nor will what is just being
   * written. Answers the ids of those that are gone. Throws as `rotateKey` does.
   */
  async dropOlderKeys(): Promise<string[]> {
    let dropped: string[] = [];
    this.#keys = await changeKeyFile(this.#fileToChange(), ([current, ...older] = this.#keys) => {
      dropped = older.map(({ id }) => id);
      return [current];
    });
    return dropped;
  }

  /**
   * Has nobody else rotate, in this process or another, until the answer is called.
   *
   * @throws {AditError} 9243: somebody does, or the keys are not in a file. 9210: the lock cannot be made.
   */
  lockRotation(): () => void {
    return lockRotation(this.#fileToChange());
  }

  #fileToChange(): string {
    if (this.#file !== null) return this.#file;
    throw new AditError(
      9243,
      'Cannot rotate the secrets key: it is not in a file. Put a new one in front of it in ADIT_SECRETS_KEY, with a comma ' +
        'between, restart the server, and run this again',
    );
  }

  /** The key that seals now. Looks into the file each time, a few microseconds: a key that was dropped must seal no more. */
  get #current(): SecretsKey {
    this.#readAgain();
    return this.#keys[0];
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
    this.#readAgain();
    return this.#find(keyId);
  }

  #readAgain(): void {
    const text = this.#file === null ? undefined : readKeyTextNow(this.#file);
    if (this.#file === null || text === undefined || text === this.#text) return;
    this.#text = text;
    try {
      this.#keys = parseKeyFile(text, this.#file);
    } catch {
      // Somebody damaged it. The keys that were read earlier still do what they did.
    }
  }
}

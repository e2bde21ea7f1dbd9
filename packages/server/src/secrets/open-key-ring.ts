// secrets: what encrypts secrets in the store, and the keys for it (AES-256-GCM). Where the sealed values are is the store's
// business. The keys are never part of a backup of the data: whoever has one of the two has nothing.
import { AditError } from '@adit/contracts';
import { changeKeyFile, readKeyFile } from './key-file.ts';
import { KeyRing } from './key-ring.ts';
import { type Keys, parseKeyVariable } from './key-text.ts';
import { neededKeyIds } from './sealed-form.ts';
import { SecretsKey } from './secrets-key.ts';

/** Where the keys are: in a file, which is made at the first start, or in the text of an environment variable. */
export type KeySource = { readonly file: string } | { readonly variable: string };

/**
 * Opens the keys and makes sure that they open what is stored. A new key is made only where nothing is sealed yet: beside data
 * that was sealed with a lost key it would hide the loss.
 *
 * @param sealed What is stored: the sealed values, or their beginnings.
 * @throws {AditError} 9240: a key that the data needs is missing. 9242: the keys cannot be read. 9210: the file cannot be made.
 */
export async function openKeyRing(source: KeySource, sealed: Iterable<Uint8Array>): Promise<KeyRing> {
  const needed = neededKeyIds(sealed);
  const file = 'file' in source ? source.file : null;
  const keys =
    'file' in source ? await readKeyFile(source.file) : parseKeyVariable(source.variable, 'ADIT_SECRETS_KEY');
  const missing = [...needed].find((keyId) => !keys?.some(({ id }) => id === keyId));
  if (missing !== undefined) {
    const remedy = file === null ? 'Add it to ADIT_SECRETS_KEY' : `Put "${file}" back from where you keep its copy`;
    throw new AditError(9240, `Cannot open the secrets of this data: the key "${missing}" is missing. ${remedy}`);
  }
  return new KeyRing(keys ?? (await makeKeyFile(file)), file);
}

async function makeKeyFile(file: string | null): Promise<Keys> {
  if (file === null) throw new TypeError('Cannot make a secrets key: there is no file for it');
  return changeKeyFile(file, (keys) => keys ?? [SecretsKey.random()]);
}

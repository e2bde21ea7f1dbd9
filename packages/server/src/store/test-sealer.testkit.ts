import { KeyRing } from '../secrets/key-ring.ts';
import { SecretsKey } from '../secrets/secrets-key.ts';

/** The same in every process, so that data can be opened again anywhere. */
export const testSealer = new KeyRing([new SecretsKey(new Uint8Array(32).fill(7))], null);

/** For stores of tests. */
export const openTestSealer = async (): Promise<KeyRing> => testSealer;

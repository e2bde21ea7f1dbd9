import { AditError } from '@adit/contracts';
import { isDnsName } from './dns-name.ts';
import { KeyFormatError, type RawTsigKey, readBindKey, readKnotKey } from './tsig-key-forms.ts';

/** The secret that we share with a DNS server (RFC 8945). */
export interface TsigKey {
  /** Lower case, as the server has it: it is part of what is signed. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

/** The names of RFC 8945 §6, and what computes them. */
export const tsigDigests = { 'hmac-sha256': 'sha256', 'hmac-sha384': 'sha384', 'hmac-sha512': 'sha512' } as const;

export type TsigAlgorithm = keyof typeof tsigDigests;

const algorithms = Object.keys(tsigDigests) as TsigAlgorithm[];
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Keys should be as long as the digest (RFC 8945 §8), and the generators make them so; this only stops nonsense. */
const minSecretBytes = 16;

/**
 * Reads a key file in either of the forms that DNS servers have: `key "name" { algorithm …; secret "…"; };`, which BIND's
 * `tsig-keygen` prints, or the YAML of Knot DNS, which its `keymgr -t` prints.
 *
 * @param file Its name, for errors, which never quote its content.
 * @throws {AditError} 9201: it is not one such key.
 */
export function parseTsigKey(text: string, file: string): TsigKey {
  try {
    return checkKey(/^key:/m.test(text) ? readKnotKey(text) : readBindKey(text));
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    throw new AditError(9201, `Cannot use the DNS key "${file}": ${error.message}`);
  }
}

function checkKey({ name: givenName, algorithm: givenAlgorithm, secret }: RawTsigKey): TsigKey {
  const name = givenName.toLowerCase().replace(/\.$/, '');
  if (name === '' || !isDnsName(name)) throw new KeyFormatError('the name of the key must be like a host name');
  const algorithm = algorithms.find((one) => one === givenAlgorithm.toLowerCase().replace(/\.$/, ''));
  if (!algorithm) throw new KeyFormatError(`the algorithm must be one of ${algorithms.join(', ')}`);
  if (!base64.test(secret)) throw new KeyFormatError('the secret must be Base64');
  const bytes = Buffer.from(secret, 'base64');
  if (bytes.length < minSecretBytes) throw new KeyFormatError(`the secret must have at least ${minSecretBytes} bytes`);
  return { name, algorithm, secret: bytes };
}

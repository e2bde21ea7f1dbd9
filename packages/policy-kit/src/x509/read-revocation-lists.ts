import type { X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';

const label = 'X509 CRL';
const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, 'g');

/** A revocation list as it was written, without what was around it. */
export interface ListInPem extends RevocationList {
  readonly pem: string;
}

/**
 * The lists in texts of PEM.
 *
 * @param field Where the texts stand, for messages.
 * @throws {AditError} 9233: they cannot be read.
 */
export function readRevocationLists(texts: readonly string[], field: string): ListInPem[] {
  const blocks = texts.flatMap((text, i) => blocksOf(text, { number: i + 1, field }));
  return blocks.map(({ pem, bytes }, i) => ({ ...read(bytes, { number: i + 1, field }), pem }));
}

/**
 * The lists of each authority; one is that of several, where an authority was renewed with the same key.
 *
 * @throws {AditError} 9233: somebody else signed one.
 */
export function listsByAuthority<Authority extends { readonly certificate: X509Certificate }>(
  lists: readonly ListInPem[],
  authorities: readonly Authority[],
  field: string,
): ReadonlyMap<Authority, readonly ListInPem[]> {
  const byAuthority = new Map<Authority, ListInPem[]>();
  for (const [i, list] of lists.entries()) {
    const signers = authorities.filter(({ certificate }) => list.isBy(certificate));
    if (signers.length === 0) {
      throw refused(field, `number ${i + 1} was signed by none of the authorities, or in a way that is not supported`);
    }
    for (const signer of signers) byAuthority.set(signer, [...(byAuthority.get(signer) ?? []), list]);
  }
  return byAuthority;
}

interface Place {
  readonly number: number;
  readonly field: string;
}

function blocksOf(text: string, { number, field }: Place): { pem: string; bytes: Buffer }[] {
  const blocks = [...text.matchAll(block)];
  if (blocks.length === 0) throw refused(field, `number ${number} is not PEM with "BEGIN ${label}"`);
  if (text.split('-----BEGIN ').length - 1 !== blocks.length)
    throw refused(field, `number ${number} holds something else as well`);
  return blocks.map(([pem, base64 = '']) => ({ pem, bytes: Buffer.from(base64, 'base64') }));
}

function read(bytes: Buffer, { number, field }: Place): RevocationList {
  try {
    return readRevocationList(bytes);
  } catch (cause) {
    throw refused(field, `number ${number} is damaged`, cause);
  }
}

function refused(field: string, why: string, cause?: unknown): AditError {
  return new AditError(9233, `Cannot use "${field}": ${why}`, { cause });
}

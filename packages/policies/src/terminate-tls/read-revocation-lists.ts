import { AditError } from '@adit/contracts';
import type { Authority } from './authority.ts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';

const label = 'X509 CRL';
const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, 'g');

/** The lists of one authority, and their PEM. */
export interface ReadLists {
  readonly pem: string;
  readonly byAuthority: ReadonlyMap<Authority, readonly RevocationList[]>;
}

/**
 * Lists in PEM, each signed by one of the authorities.
 *
 * @throws {AditError} 9233: they cannot be read, or somebody else signed one.
 */
export function readRevocationLists(texts: readonly string[], authorities: readonly Authority[]): ReadLists {
  const byAuthority = new Map<Authority, RevocationList[]>();
  const all = texts.flatMap((text, i) => blocksOf(text, i + 1));
  for (const { bytes, number } of all) {
    const list = read(bytes, number);
    const authority = authorities.find(({ certificate }) => list.isBy(certificate));
    if (!authority) throw refused(`number ${number} was signed by none of the authorities`);
    byAuthority.set(authority, [...(byAuthority.get(authority) ?? []), list]);
  }
  return { pem: all.map(({ pem }) => pem).join('\n'), byAuthority };
}

function blocksOf(text: string, number: number): { pem: string; bytes: Buffer; number: number }[] {
  const blocks = [...text.matchAll(block)];
  if (blocks.length === 0) throw refused(`number ${number} is not PEM with "BEGIN ${label}"`);
  if (text.split('-----BEGIN ').length - 1 !== blocks.length)
    throw refused(`number ${number} holds something else as well`);
  return blocks.map(([pem, base64 = '']) => ({ pem, bytes: Buffer.from(base64, 'base64'), number }));
}

function read(bytes: Buffer, number: number): RevocationList {
  try {
    return readRevocationList(bytes);
  } catch (cause) {
    throw refused(`number ${number} is damaged`, cause);
  }
}

function refused(why: string, cause?: unknown): AditError {
  return new AditError(9233, `Cannot use "mutual_tls_revocation_lists": ${why}`, { cause });
}

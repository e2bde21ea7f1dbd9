import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { AditError, type ErrorCode } from '@adit/contracts';
import { listsByAuthority, type RevocationList, readRevocationLists } from '@adit/policy-kit';
import type { RevocationListFacts, UploadedRevocation } from '../../domain/certificate-facts.ts';
import { certificateFacts } from './certificate-facts.ts';
import { defaultUploadLimits } from './upload-limits.ts';

const field = 'revocation_list_pem';

/**
 * Checks revocation lists that were uploaded: exactly one that is valid now of every CA certificate they belong to. With fewer TLS
 * would refuse whomever the others let in.
 *
 * @throws {AditError} 9233: they cannot be read, are too long, about some certificates only, not of these CAs, or not of each
 *   one. 9234: one is not valid yet, or no more.
 */
export async function readUploadedRevocation(
  pem: string,
  { certificates, nowMs }: { readonly certificates: readonly X509Certificate[]; readonly nowMs: number },
): Promise<UploadedRevocation> {
  checkSize(pem);
  const authorities = certificates.map((certificate) => ({ certificate }));
  const read = readRevocationLists([pem], field);
  const byAuthority = listsByAuthority(read, authorities, field);
  const lists: RevocationListFacts[] = [];
  for (const [i, authority] of authorities.entries()) {
    const [list, another] = byAuthority.get(authority) ?? [];
    if (!list) throw refused(9233, `there is none of CA certificate number ${i + 1}, and each needs its own`);
    if (another) throw refused(9233, `there are several of CA certificate number ${i + 1}`);
    const { subjectCommonName: issuerCommonName } = await certificateFacts(authority.certificate);
    lists.push({ issuerCommonName, ...checkedFacts(list, nowMs) });
  }
  const crl = read.map((list) => list.pem);
  checkTls(crl);
  return { pem: crl.map((one) => `${one}\n`).join(''), lists };
}

/** Before anything is computed for each of them. */
function checkSize(pem: string): void {
  const { maxRevocationListsBytes: maxBytes, maxAuthorityCertificates: max } = defaultUploadLimits;
  if (Buffer.byteLength(pem) > maxBytes) throw refused(9233, `it is longer than ${maxBytes} bytes`);
  const count = pem.split('-----BEGIN ').length - 1;
  if (count > max) throw refused(9233, `there are ${count} of them, and ${max} are allowed`);
}

/** Of a list by which everybody could be decided on. */
function checkedFacts(
  { isPlain, thisUpdateMs, nextUpdateMs, serials }: RevocationList,
  nowMs: number,
): Omit<RevocationListFacts, 'issuerCommonName'> {
  if (!isPlain) throw refused(9233, 'one has critical extensions, as those about some certificates only have');
  if (nextUpdateMs === null) throw refused(9233, 'one does not say when the next one comes (nextUpdate)');
  if (nowMs < thisUpdateMs) throw refused(9234, `one is valid from ${shown(thisUpdateMs)}`);
  if (nextUpdateMs <= nowMs) throw refused(9234, `one was valid until ${shown(nextUpdateMs)}`);
  return { thisUpdateMs, nextUpdateMs, revokedCount: serials.size };
}

/** TLS reads them with a library of its own. */
function checkTls(crl: string[]): void {
  try {
    createSecureContext({ crl });
  } catch (cause) {
    throw refused(9233, 'TLS does not accept it', cause);
  }
}

function shown(ms: number): string {
  return new Date(ms).toISOString();
}

function refused(code: ErrorCode, why: string, cause?: unknown): AditError {
  return new AditError(code, `Cannot use "${field}": ${why}`, { cause });
}

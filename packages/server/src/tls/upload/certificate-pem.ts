import { X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { defaultUploadLimits } from './upload-limits.ts';

const begin = '-----BEGIN ';
const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, in its order; text around them is left out. Nothing of the text is in an error: people
 * mistake one field for the other, and send a key.
 *
 * @param max How many there may be.
 * @throws {AditError} 1922: none. 1920: not PEM, or other things than certificates. 1900: one cannot be read. 9231: too
 *   many, or one twice.
 */
export function readCertificates(pem: string, max: number): [X509Certificate, ...X509Certificate[]] {
  const { maxCertificatesBytes } = defaultUploadLimits;
  if (Buffer.byteLength(pem) > maxCertificatesBytes) {
    throw new AditError(1920, `Cannot use the certificates: they are longer than ${maxCertificatesBytes} bytes`);
  }
  const blocks = blocksOf(pem);
  if (blocks.length > max) throw unusable(`there are ${blocks.length} of them, and ${max} are allowed`);
  const [first, ...others] = blocks.map(readCertificate);
  if (first === undefined) throw new AditError(1922, 'Cannot use the certificates: there is none');
  const all: [X509Certificate, ...X509Certificate[]] = [first, ...others];
  if (new Set(all.map(({ fingerprint256 }) => fingerprint256)).size < all.length) throw unusable('one is there twice');
  return all;
}

/** Certificates that can be read, but not used. */
export function unusable(why: string, cause?: unknown): AditError {
  return new AditError(9231, `Cannot use the certificates: ${why}`, { cause });
}

function blocksOf(pem: string): string[] {
  const blocks = pem.match(block) ?? [];
  const begun = pem.split(begin).length - 1;
  if (pem.includes('PRIVATE KEY')) {
    throw new AditError(1920, 'Cannot use the certificates: there is a private key among them');
  }
  if (begun === blocks.length) return blocks;
  throw new AditError(1920, 'Cannot use the certificates: there is something else among them, or one has no end');
}

function readCertificate(text: string, index: number): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new AditError(1900, `Cannot use the certificates: number ${index + 1} is damaged`, { cause });
  }
}

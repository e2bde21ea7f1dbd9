import { createPrivateKey, type KeyObject } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { defaultUploadLimits } from './upload-limits.ts';

const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
/** PKCS #8, PKCS #1, SEC 1. */
const block = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[A-Za-z0-9+/=\s]*-----END \1-----/;
/** As PKCS #8, and as OpenSSL did it before. */
const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: *4, *ENCRYPTED/;

/**
 * The one private key of a PEM text. Nothing of the text is in an error, nor is what the library says about it.
 *
 * @throws {AditError} 1901: none. 1902: encrypted. 1903: cannot be read, or there are several. 1924: a certificate.
 */
export function readPrivateKey(pem: string): KeyObject {
  const { maxKeyBytes } = defaultUploadLimits;
  if (Buffer.byteLength(pem) > maxKeyBytes) throw unreadable(`it is longer than ${maxKeyBytes} bytes`);
  const labels = [...pem.matchAll(label)].map(([, text = '']) => text);
  const keys = labels.filter((text) => text.endsWith('PRIVATE KEY'));
  if (keys.length === 0 && labels.includes('CERTIFICATE')) {
    throw new AditError(1924, 'Cannot use the private key: it is a certificate');
  }
  if (keys.length === 0) throw new AditError(1901, 'Cannot use the private key: there is none in PEM');
  if (encrypted.test(pem)) throw new AditError(1902, 'Cannot use the private key: it is encrypted');
  if (keys.length > 1) throw unreadable('there are several');
  const [text] = block.exec(pem) ?? [];
  if (text === undefined) throw unreadable('it is not PKCS #8, PKCS #1 or SEC 1 in PEM');
  return parse(text);
}

function parse(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw unreadable('it is damaged');
  }
}

function unreadable(why: string): AditError {
  return new AditError(1903, `Cannot use the private key: ${why}`);
}

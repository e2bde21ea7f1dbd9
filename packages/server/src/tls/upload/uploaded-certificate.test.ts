import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { keyTypeOf } from './key-type.ts';
import { type Made, makeCertificate, makeVersion1, newEcKey, newRsaKey } from './make-certificate.testkit.ts';
import { readUploadedCertificate } from './uploaded-certificate.ts';

let root: Made;
let ca: Made;
let leaf: Made;
let other: Made;

beforeAll(async () => {
  root = await makeCertificate({ subject: 'CN=Root', isCa: true });
  ca = await makeCertificate({ subject: 'CN=CA', issuer: root, isCa: true });
  leaf = await makeCertificate({ issuer: ca });
  other = await makeCertificate({ subject: 'CN=other.example' });
});

const read = (certificatePem: string, privateKeyPem: string = leaf.key) =>
  readUploadedCertificate({ certificatePem, privateKeyPem });
const readKey = (privateKeyPem: string) => read(leaf.cert, privateKeyPem);
const exported = (key: string, type: 'pkcs1' | 'sec1' | 'pkcs8') =>
  createPrivateKey(key).export({ type, format: 'pem' }).toString();

describe('accepted is', () => {
  test('a certificate alone', async () => {
    const uploaded = await read(leaf.cert);
    expect(uploaded).toMatchObject({ privateKeyType: 'ecdsa', privateKeyPem: leaf.key, certificatePem: leaf.cert });
    expect(uploaded.facts).toMatchObject({ subjectCommonName: 'test.example', issuerCommonName: 'CA' });
  });

  test('a chain, up to a root or not', async () => {
    expect((await read(leaf.cert + ca.cert)).certificatePem).toBe(leaf.cert + ca.cert);
    expect((await read(leaf.cert + ca.cert + root.cert)).certificatePem).toBe(leaf.cert + ca.cert + root.cert);
  });

  test('text around the certificates and the key, of which nothing is kept', async () => {
    const certificatePem = `Subject: a secret\r\n${leaf.cert.replaceAll('\n', '\r\n')} -- \n${ca.cert}tail`;
    const privateKeyPem = `Bag Attributes\n${leaf.key}\n`;
    expect(await read(certificatePem, privateKeyPem)).toEqual(await read(leaf.cert + ca.cert));
  });

  test('a certificate of the first version of X.509, and one signed by itself', async () => {
    const old = makeVersion1();
    expect((await read(old.cert, old.key)).facts.subjectCommonName).toBe('old.example');
    expect((await read(other.cert, other.key)).facts.issuerCommonName).toBe('other.example');
  });

  test.each<[title: string, make: () => KeyObject, type: string]>([
    ['RSA', () => newRsaKey(2048), 'rsa'],
    ['P-256', () => newEcKey('P-256'), 'ecdsa'],
    ['P-384', () => newEcKey('P-384'), 'ecdsa'],
    ['P-521', () => newEcKey('P-521'), 'ecdsa'],
    ['Ed25519', () => generateKeyPairSync('ed25519').privateKey, 'ed25519'],
  ])('a key of type %s', async (_title, make, privateKeyType) => {
    const made = await makeCertificate({ key: make() });
    expect(await read(made.cert, made.key)).toMatchObject({ privateKeyType });
  });

  test('keys in PKCS #1 and SEC 1, which are kept as PKCS #8', async () => {
    const rsa = await makeCertificate({ key: newRsaKey(2048) });
    expect((await read(rsa.cert, exported(rsa.key, 'pkcs1'))).privateKeyPem).toBe(rsa.key);
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect((await readKey(parameters + exported(leaf.key, 'sec1'))).privateKeyPem).toBe(leaf.key);
  });
});

describe('refused is', () => {
  test.each<[title: string, certificatePem: () => string, code: number, why: string]>([
    ['nothing', () => '', 1922, 'there is none'],
    ['text', () => 'certificate', 1922, 'there is none'],
    ['a key', () => leaf.key, 1920, 'there is a private key among them'],
    ['a key after the certificate', () => leaf.cert + leaf.key, 1920, 'there is a private key among them'],
    ['a public key', () => leaf.cert + publicKey(leaf), 1920, 'there is something else among them, or one has no end'],
    ['a cut chain', () => leaf.cert + ca.cert.slice(0, 300), 1920, 'there is something else'],
    ['a certificate that is cut short inside', () => shortened(leaf.cert), 1900, 'number 1 is damaged'],
    ['a damaged issuer', () => leaf.cert + shortened(ca.cert), 1900, 'number 2 is damaged'],
    ['the same twice', () => leaf.cert + leaf.cert, 9231, 'one is there twice'],
    ['the wrong issuer', () => leaf.cert + root.cert, 9231, 'number 2 did not issue number 1'],
    ['another order', () => leaf.cert + root.cert + ca.cert, 9231, 'number 2 did not issue number 1'],
    ['an issuer that is no CA', () => leaf.cert + other.cert, 9231, 'number 2 is not that of a CA'],
    ['too many', () => leaf.cert.repeat(11), 9231, 'there are 11 of them, and 10 are allowed'],
    ['too much', () => leaf.cert + ' '.repeat(65_536), 1920, 'they are longer than 65536 bytes'],
  ])('%s', async (_title, certificatePem, code, why) => {
    const message = expect.stringContaining(`Cannot use the certificates: ${why}`);
    await expect(read(certificatePem())).rejects.toMatchObject({ code, message });
  });

  test('a CA that has the name of the issuer, but not its key', async () => {
    const impostor = await makeCertificate({ subject: 'CN=CA', isCa: true });
    await expect(read(leaf.cert + impostor.cert)).rejects.toMatchObject({ code: 9231 });
  });

  test('a CA with a weak key', async () => {
    const weak = await makeCertificate({ subject: 'CN=Weak', isCa: true, key: newRsaKey(1024) });
    const signed = await makeCertificate({ issuer: weak });
    await expect(read(signed.cert + weak.cert, signed.key)).rejects.toMatchObject({ code: 1909 });
  });

  test.each<[title: string, privateKeyPem: () => string, code: number, why: string]>([
    ['no key', () => '', 1901, 'there is none in PEM'],
    ['a public key', () => publicKey(leaf), 1901, 'there is none in PEM'],
    ['a certificate', () => leaf.cert, 1924, 'it is a certificate'],
    ['an encrypted key', () => encrypted(leaf.key), 1902, 'it is encrypted'],
    ['a key encrypted as OpenSSL did it before', () => oldEncrypted(), 1902, 'it is encrypted'],
    ['two keys', () => leaf.key + other.key, 1903, 'there are several'],
    ['a key of OpenSSH', () => leaf.key.replaceAll('PRIVATE', 'OPENSSH PRIVATE'), 1903, 'it is not PKCS #8'],
    ['a key without end', () => leaf.key.slice(0, -10), 1903, 'it is not PKCS #8'],
    ['a key that is cut short inside', () => shortened(leaf.key), 1903, 'it is damaged'],
    ['a long text', () => leaf.key + ' '.repeat(16_384), 1903, 'it is longer than 16384 bytes'],
    ['the key of another', () => other.key, 1923, 'it does not belong to the first certificate'],
  ])('%s', async (_title, privateKeyPem, code, why) => {
    const message = expect.stringContaining(`Cannot use the private key: ${why}`);
    await expect(readKey(privateKeyPem())).rejects.toMatchObject({ code, message });
  });

  test('a chain that does not begin with the certificate of the key', async () => {
    const message = expect.stringContaining('its certificate is not the first one');
    await expect(read(ca.cert + leaf.cert)).rejects.toMatchObject({ code: 1923, message });
  });

  test('a key of which only the public part is right', async () => {
    // Where PKCS #8 has the secret number of a key on P-256.
    const damaged = changed(leaf.key, { index: 40, bits: 1 });
    expect(new X509Certificate(leaf.cert).checkPrivateKey(createPrivateKey(damaged))).toBe(true);
    await expect(readKey(damaged)).rejects.toMatchObject({ code: 1923 });
  });

  test.each<[title: string, make: () => KeyObject, why: string]>([
    ['RSA of 1024 bits', () => newRsaKey(1024), 'it has 1024 bits; RSA keys need 2048 to 4096'],
    ['secp256k1', () => newEcKey('secp256k1'), 'its curve is none of P-256, P-384 and P-521'],
    ['X25519', () => generateKeyPairSync('x25519').privateKey, 'it is neither RSA, nor ECDSA, nor Ed25519'],
    ['Ed448', () => generateKeyPairSync('ed448').privateKey, 'it is neither RSA, nor ECDSA, nor Ed25519'],
  ])('a key of type %s', async (_title, make, why) => {
    const pem = make().export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(readKey(pem)).rejects.toMatchObject({ code: 1909, message: expect.stringContaining(why) });
  });

  test('RSA above what is allowed', () => {
    const key = newRsaKey(2056);
    expect(keyTypeOf(key, 2056)).toBe('rsa');
    expect(() => keyTypeOf(key, 2048)).toThrow('it has 2056 bits; RSA keys need 2048 to 2048');
  });
});

describe('whatever comes,', () => {
  const pieces = () => [
    ...(leaf.cert + ca.cert + leaf.key).split('\n'),
    leaf.cert,
    leaf.key,
    ca.cert,
    other.cert,
    root.cert,
  ];

  /** Eight characters of a text that nobody would write by chance. */
  function holdsSecret(text: string): boolean {
    const body = leaf.key.replaceAll(/-----.*-----|\n/g, '');
    return Array.from({ length: body.length - 8 }, (_, i) => body.slice(i, i + 8)).some((part) => text.includes(part));
  }

  async function refusedOrRead(certificatePem: string, privateKeyPem: string): Promise<void> {
    try {
      const { facts } = await read(certificatePem, privateKeyPem);
      expect(facts.subjectCommonName).toBeTypeOf('string');
    } catch (error) {
      if (!(error instanceof AditError) || error.code === 9000) throw error;
      expect(holdsSecret(`${error.message} ${JSON.stringify(error.details)} ${String(error.cause)}`)).toBe(false);
    }
  }

  test('[invariant: no-secret-leaves] lines and blocks in any order: an error of ours that tells nothing of the key', async () => {
    const soup = () => fc.array(fc.constantFrom(...pieces()), { maxLength: 12 }).map((parts) => parts.join('\n'));
    const [begin, ...body] = leaf.key.trim().split('\n');
    const end = body.pop();
    const block = fc
      .array(fc.constantFrom(...body), { maxLength: 4 })
      .map((lines) => [begin, ...lines, end].join('\n'));
    const blocks = fc.array(block, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('\n'));
    const key = fc.oneof(soup(), blocks, fc.constant(leaf.key), fc.string({ unit: 'binary' }));
    const cert = fc.oneof(soup(), fc.constant(leaf.cert), fc.string({ unit: 'binary' }));
    const property = fc.asyncProperty(cert, key, async (certificatePem, privateKeyPem) => {
      await refusedOrRead(certificatePem, privateKeyPem);
      // With a certificate that is not refused before the key is read.
      await refusedOrRead(leaf.cert, privateKeyPem);
    });
    await fc.assert(property, { numRuns: 500 });
  });

  test('cut at any place', async () => {
    const cut = fc.tuple(fc.nat(leaf.cert.length + ca.cert.length), fc.nat(leaf.key.length));
    const property = fc.asyncProperty(cut, ([cert, key]) =>
      refusedOrRead((leaf.cert + ca.cert).slice(0, cert), leaf.key.slice(0, key)),
    );
    await fc.assert(property, { numRuns: 300 });
  });

  test('one byte changed', async () => {
    const at = fc.record({ index: fc.nat(2_000), bits: fc.integer({ min: 1, max: 255 }) });
    const property = fc.asyncProperty(at, at, async (inCert, inKey) => {
      await refusedOrRead(changed(leaf.cert, inCert), leaf.key);
      await refusedOrRead(leaf.cert, changed(leaf.key, inKey));
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

function publicKey({ key }: Made): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

function encrypted(key: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  return createPrivateKey(key).export(options).toString();
}

function oldEncrypted(): string {
  const options = { type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  return newEcKey().export(options).toString();
}

/** One line of its content is missing. */
function shortened(pem: string): string {
  const lines = pem.split('\n');
  return [...lines.slice(0, 1), ...lines.slice(2)].join('\n');
}

/** The same PEM with one byte of its content changed. */
function changed(pem: string, { index, bits }: { index: number; bits: number }): string {
  const [first = '', ...lines] = pem.trim().split('\n');
  const last = lines.pop() ?? '';
  const content = Buffer.from(lines.join(''), 'base64');
  const at = index % content.length;
  content[at] = (content[at] ?? 0) ^ bits;
  return `${first}\n${content.toString('base64')}\n${last}\n`;
}

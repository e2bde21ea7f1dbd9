import type { KeyObject } from 'node:crypto';
import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { type Made, makeCertificate, makeVersion1, newRsaKey } from './make-certificate.testkit.ts';
import { readUploadedAuthority } from './uploaded-authority.ts';

const read = (caPem: string) => readUploadedAuthority({ caPem, revocationListPem: '', nowMs: Date.now() });

let first: Made;
let second: Made;
let leaf: Made;

beforeAll(async () => {
  first = await makeCertificate({ subject: 'CN=First CA', isCa: true });
  second = await makeCertificate({ subject: 'CN=Second CA', isCa: true, key: newRsaKey(2048) });
  leaf = await makeCertificate({ issuer: first });
});

test('one CA', async () => {
  const { caPem, facts } = await read(`# ours\n${first.cert}\n`);
  expect(caPem).toBe(first.cert);
  expect(facts.subjectCommonName).toBe('First CA');
});

test('several in any order, told of by the first', async () => {
  const { caPem, facts } = await read(second.cert + first.cert);
  expect(caPem).toBe(second.cert + first.cert);
  expect(facts.subjectCommonName).toBe('Second CA');
});

test.each<[title: string, pem: () => string | Promise<string>, code: number, why: string]>([
  ['a certificate that is no CA', () => first.cert + leaf.cert, 9232, 'number 2 is not that of a CA'],
  ['one of the first version of X.509', () => makeVersion1().cert, 9232, 'number 1 is not that of a CA'],
  ['a CA that may not sign certificates', () => withoutKeyCertSign(), 9232, 'number 1 is not that of a CA'],
  ['a weak key', () => caWith(newRsaKey(1024)), 1909, 'it has 1024 bits; RSA keys need 2048 to 8192'],
  ['nothing', () => '', 1922, 'there is none'],
  ['a key', () => first.cert + first.key, 1920, 'there is a private key among them'],
  ['one twice', () => first.cert + second.cert + first.cert, 9231, 'one is there twice'],
  ['too many', () => first.cert.repeat(21), 9231, 'there are 21 of them, and 20 are allowed'],
])('%s', async (_title, pem, code, why) => {
  const message = expect.stringContaining(why);
  await expect(read(await pem())).rejects.toMatchObject({ code, message });
});

test('whatever comes, the error is ours', async () => {
  const lines = (first.cert + second.cert + leaf.cert + first.key).split('\n');
  const soup = fc.array(fc.constantFrom(...lines, first.cert, leaf.cert), { maxLength: 10 });
  const property = fc.asyncProperty(
    fc.oneof(
      soup.map((parts) => parts.join('\n')),
      fc.string(),
    ),
    async (pem) => {
      try {
        await read(pem);
      } catch (error) {
        if (!(error instanceof AditError) || error.code === 9000) throw error;
      }
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

async function withoutKeyCertSign(): Promise<string> {
  const { cert } = await makeCertificate({
    isCa: true,
    extensions: (x509) => [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
  });
  return cert;
}

async function caWith(key: KeyObject): Promise<string> {
  return (await makeCertificate({ isCa: true, key })).cert;
}

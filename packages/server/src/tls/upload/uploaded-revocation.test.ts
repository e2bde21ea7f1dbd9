import { createPrivateKey } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { basicConstraints, makeRevocationList, makeX509, unknownExtension } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUploadedAuthority } from './uploaded-authority.ts';

const nowMs = Date.now();
/** Lists have whole seconds. */
const secondMs = Math.floor(nowMs / 1_000) * 1_000;
const isCa = [basicConstraints(true)];
const root = makeX509({ subject: 'root', extensions: isCa });
const between = makeX509({ subject: 'between', issuer: root, extensions: isCa });
const stranger = makeX509({ subject: 'root', extensions: isCa });
const listOf = (issuer = root, more: object = {}) => makeRevocationList({ issuer, revoked: ['0102'], ...more });
const read = (revocationListPem: string, caPem = root.cert) =>
  readUploadedAuthority({ caPem, revocationListPem, nowMs });

test('a list is kept without what is around it, and tells when it is valid and of how many', async () => {
  const times = { thisUpdateMs: secondMs - 60_000, nextUpdateMs: secondMs + 60_000 };
  const list = listOf(root, { revoked: ['0102', '0103', '0103'], ...times });
  const { revocation } = await read(`made by hand\r\n${list.replaceAll('\n', '\r\n')}\n`);
  expect(revocation?.pem.replaceAll('\r', '')).toBe(list);
  expect(revocation?.lists).toEqual([{ issuerCommonName: 'root', ...times, revokedCount: 2 }]);
});

test('nothing is no list', async () => {
  expect(await read('')).not.toHaveProperty('revocation');
});

test('a bundle has one list of each of its CAs, told of in its order', async () => {
  const { revocation } = await read(listOf() + listOf(between, { revoked: [] }), between.cert + root.cert);
  expect(revocation?.lists).toMatchObject([
    { issuerCommonName: 'between', revokedCount: 0 },
    { issuerCommonName: 'root', revokedCount: 1 },
  ]);
});

test('a CA that was renewed with the same key needs its list once', async () => {
  const renewed = makeX509({ subject: 'root', extensions: isCa, key: createPrivateKey(root.key) });
  expect((await read(listOf(), root.cert + renewed.cert)).revocation?.lists).toHaveLength(2);
});

test.each<[title: string, pem: () => string, code: number, why: string]>([
  ['a certificate', () => root.cert, 9233, 'not PEM with "BEGIN X509 CRL"'],
  ['a text', () => 'list', 9233, 'not PEM with "BEGIN X509 CRL"'],
  ['a list and a key', () => listOf() + root.key, 9233, 'something else'],
  ['a list that has no end', () => listOf() + listOf().slice(0, 200), 9233, 'something else'],
  [
    'a list that is damaged',
    () => listOf().replace(/\nM.{20}/, '\nAAAAAAAAAAAAAAAAAAAAA'),
    9233,
    'number 1 is damaged',
  ],
  ['a list of another CA of that name', () => listOf(stranger), 9233, 'number 1 was signed by none of the authorities'],
  ['a list of another CA beside the right one', () => listOf() + listOf(between), 9233, 'number 2 was signed by none'],
  ['two lists of one CA', () => listOf() + listOf(root, { revoked: [] }), 9233, 'several of CA certificate number 1'],
  ['a list that is over', () => listOf(root, { nextUpdateMs: secondMs }), 9234, new Date(secondMs).toISOString()],
  ['a list that is not valid yet', () => listOf(root, { thisUpdateMs: nowMs + 60_000 }), 9234, 'valid from'],
  ['a list without an end', () => listOf(root, { nextUpdateMs: null }), 9233, 'nextUpdate'],
  ['a list about some certificates', () => listOf(root, { extensions: [unknownExtension(true)] }), 9233, 'critical'],
  ['too many lists', () => listOf().repeat(21), 9233, 'there are 21 of them, and 20 are allowed'],
  ['too long a text', () => listOf() + ' '.repeat(262_144), 9233, 'longer than 262144 bytes'],
])('%s is refused', async (_title, pem, code, why) => {
  const message = expect.stringContaining(`Cannot use "revocation_list_pem": `);
  await expect(read(pem())).rejects.toMatchObject({ code, message });
  await expect(read(pem())).rejects.toThrow(why);
});

test('a bundle of which one CA has no list is refused: nobody could come by that one', async () => {
  const refused = read(listOf(), root.cert + between.cert);
  await expect(refused).rejects.toMatchObject({
    code: 9233,
    message: expect.stringContaining('none of CA certificate number 2'),
  });
});

test('[invariant: no-secret-leaves] whatever comes, the error is ours and tells nothing of it', async () => {
  const lines = (listOf() + listOf(stranger) + root.cert + root.key).split('\n');
  const soup = fc.array(fc.constantFrom(...lines, listOf(), root.key), { maxLength: 10 });
  const secret = root.key.split('\n')[1] ?? '';
  const property = fc.asyncProperty(
    fc.oneof(
      soup.map((parts) => parts.join('\n')),
      fc.string({ unit: 'binary' }),
    ),
    async (pem) => {
      try {
        await read(pem);
      } catch (error) {
        if (!(error instanceof AditError) || error.code === 9000) throw error;
        expect(`${error.message} ${String(error.cause)}`).not.toContain(secret);
      }
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

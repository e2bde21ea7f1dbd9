import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAuditFields, makeChain } from './audit-chain.testkit.ts';
import { auditHash, type ChainedAuditRecord, type ChainHead, chainStart } from './audit-chain.ts';
import { type ChainFault, verifyChain } from './verify-chain.ts';

const chain = makeChain(8);
const headOf = (records: readonly ChainedAuditRecord[]): ChainHead => records.at(-1) ?? { seq: 0, hash: chainStart };

/** With all hashes made anew from that place on, as somebody would who knows how. */
function rehashed(records: readonly ChainedAuditRecord[]): ChainedAuditRecord[] {
  let hash = chainStart;
  return records.map((record, i) => {
    hash = auditHash(hash, { ...record, seq: i + 1 });
    return { ...record, seq: i + 1, hash };
  });
}

test.each([0, 1, 8])('an intact chain of %i records is followed to its head', async (length) => {
  const records = makeChain(length);
  const { seq, hash } = headOf(records);
  expect(await verifyChain(records, headOf(records))).toEqual({ seq, hash });
  expect(await verifyChain(records)).toEqual({ seq, hash });
});

const own = makeAuditFields(3);
test.each<[string, (records: ChainedAuditRecord[]) => ChainedAuditRecord[], ChainFault, number]>([
  ['a record is changed', (r) => r.with(3, { ...r[3]!, action: 'other' }), 'changed', 4],
  ['the ciphertext of a person is changed', (r) => r.with(3, { ...r[3]!, who: new Uint8Array(50) }), 'changed', 4],
  ['a hash is changed', (r) => r.with(3, { ...r[3]!, hash: new Uint8Array(32) }), 'changed', 4],
  [
    'a record is replaced by one with a right hash',
    (r) => r.with(2, { ...own, hash: auditHash(r[1]!.hash, own) }),
    'changed',
    4,
  ],
  ['a record is taken out', (r) => r.toSpliced(3, 1), 'missing', 4],
  ['several are taken out', (r) => r.toSpliced(3, 3), 'missing', 4],
  ['the first is taken out', (r) => r.slice(1), 'missing', 1],
  [
    'one is taken out and the rest numbered anew',
    (r) => r.toSpliced(3, 1).map((one, i) => ({ ...one, seq: i + 1 })),
    'changed',
    4,
  ],
  ['two have changed places', (r) => r.with(3, r[4]!).with(4, r[3]!), 'out_of_order', 4],
  ['the order is turned around', (r) => r.toReversed(), 'out_of_order', 1],
  ['a record comes twice', (r) => r.toSpliced(4, 0, r[3]!), 'out_of_order', 5],
  ['an older record is put in again', (r) => r.toSpliced(5, 0, r[1]!), 'out_of_order', 6],
  ['a record is put in under a number that is taken', (r) => r.toSpliced(3, 0, { ...r[3]!, id: 'ev_x' }), 'changed', 4],
  ['the end is cut', (r) => r.slice(0, 5), 'cut', 6],
  ['all is cut', () => [], 'cut', 1],
  [
    'a record is put behind the end',
    (r) => [...r, { ...makeAuditFields(9), hash: auditHash(r[7]!.hash, makeAuditFields(9)) }],
    'changed',
    9,
  ],
  [
    'the last is replaced and all hashes made anew',
    (r) => rehashed(r.with(7, { ...r[7]!, action: 'other' })),
    'changed',
    8,
  ],
])('when %s, the first wrong record is named', async (_, damage, fault, record) => {
  await expect(verifyChain(damage([...chain]), headOf(chain))).rejects.toMatchObject({
    code: 9250,
    details: { fault, record },
  });
});

test('records of another account are no part of the chain', async () => {
  const foreign = makeChain(8, { accountId: 'ac_other' });
  for (const mixed of [chain.with(0, foreign[0]!), chain.with(5, foreign[5]!), [...chain.slice(0, 7), foreign[7]!]]) {
    await expect(verifyChain(mixed)).rejects.toMatchObject({ code: 9250 });
  }
});

describe('without a known head', () => {
  test('a cut chain looks intact: who knows no head cannot tell', async () => {
    expect((await verifyChain(chain.slice(0, 5))).seq).toBe(5);
  });
});

test('any chain but the one that was written is refused', async () => {
  const damages = fc
    .subarray(chain.map((_, i) => i))
    .chain((kept) => fc.shuffledSubarray(kept, { minLength: kept.length }));
  const property = fc.asyncProperty(damages, async (order) => {
    fc.pre(order.join() !== chain.map((_, i) => i).join());
    const records = order.map((i) => chain[i]!);
    await expect(verifyChain(records, headOf(chain))).rejects.toMatchObject({ code: 9250 });
  });
  await fc.assert(property);
});

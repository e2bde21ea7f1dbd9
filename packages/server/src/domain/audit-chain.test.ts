import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditFields, auditHash, chainStart } from './audit-chain.ts';

const first: AuditFields = {
  ...{ accountId: 'ac_1', seq: 1, id: 'ev_1', atMs: 1_767_323_045_678 },
  ...{ actorUserId: null, actorCredentialId: null, personId: null, who: null },
  ...{ action: 'account.create', resourceId: 'ac_1', details: '{}' },
};
const second: AuditFields = {
  ...first,
  ...{ seq: 2, id: 'ev_2', atMs: 1_767_323_045_679, personId: 'pn_1', who: Uint8Array.of(0, 255, 44, 58) },
  ...{ action: 'user.create', resourceId: 'usr_ü', details: '{"a":1}' },
};

test('auditHash() gives what another program makes of the documented format', () => {
  // Made with Python's hashlib from the words in docs/how-to/audit.md.
  const hashes = [
    'ee82af99199206a949e4e9562965413ab4230de1b5ecf6cbc31c0f0446a3da8f',
    'b73e1fb2c7fd20610750179055e1f918ccc317ecdf7d2f1f4af75a2237df0735',
  ];
  const one = auditHash(chainStart, first);
  expect([one, auditHash(one, second)].map((hash) => Buffer.from(hash).toString('hex'))).toEqual(hashes);
});

const text = fc.oneof(fc.string(), fc.constantFrom('-', '-,', '1:a,', '0:,', ''));
const orNull = fc.option(text, { nil: null });
const fields: fc.Arbitrary<AuditFields> = fc.record({
  ...{ accountId: text, seq: fc.nat(), id: text, atMs: fc.nat() },
  ...{ actorUserId: orNull, actorCredentialId: orNull, personId: orNull },
  who: fc.option(fc.uint8Array({ maxLength: 5 }), { nil: null }),
  ...{ action: text, resourceId: text, details: text },
});
const spelling = ({ who, ...rest }: AuditFields) => JSON.stringify({ ...rest, who: who && [...who] });

test('auditHash() is another for every other record and every other hash before it', () => {
  const property = fc.property(fields, fields, (one, other) => {
    fc.pre(spelling(one) !== spelling(other));
    expect(auditHash(chainStart, one)).not.toEqual(auditHash(chainStart, other));
    expect(auditHash(chainStart, one)).not.toEqual(auditHash(new Uint8Array(32).fill(1), one));
  });
  fc.assert(property);
});

test.each<[string, Partial<AuditFields>, Partial<AuditFields>]>([
  [
    'the end of one field at the beginning of the next',
    { action: 'ab', resourceId: 'c' },
    { action: 'a', resourceId: 'bc' },
  ],
  ['an empty text in place of none', { personId: '' }, { personId: null }],
  ['a text that looks like none', { personId: '-,' }, { personId: null }],
  ['the same text one field later', { actorUserId: 'x' }, { actorCredentialId: 'x' }],
])('auditHash() tells apart %s', (_, one, other) => {
  expect(auditHash(chainStart, { ...first, ...one })).not.toEqual(auditHash(chainStart, { ...first, ...other }));
});

import { newId } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Notice } from '../../domain/notices.ts';
import { formatNotice, parseNotice } from './notice-text.ts';

const from = crypto.randomUUID();
const accountId = newId('account', 0);
const credentialId = newId('credential', 0);
const revoked = { type: 'credential-revoked', accountId, credentialId } as const;

const changed = { type: 'document-changed', accountId, kind: 'vault', id: newId('vault', 0) } as const;

test.each<Notice>([
  revoked,
  { ...revoked, type: 'credential-changed' },
  changed,
  { ...revoked, credentialId: newId('apiKey', 0) },
  { type: 'missed' },
  { type: 'certificate-changed', name: '*.example.com' },
])('parseNotice() gives back %j, which is far below 8,000 bytes', (notice) => {
  const text = formatNotice({ from, notice });
  expect(parseNotice(text)).toEqual({ from, notice });
  expect(Buffer.byteLength(text)).toBeLessThan(400);
});

test.each([
  '',
  'null',
  '[]',
  '{',
  '{"from":',
  JSON.stringify({ from, notice: null }),
  JSON.stringify({ from: 'me', notice: revoked }),
  JSON.stringify({ notice: revoked }),
  JSON.stringify({ from, notice: { ...revoked, type: 'credential-made' } }),
  JSON.stringify({ from, notice: { ...revoked, more: 1 } }),
  JSON.stringify({ from, notice: revoked, more: 1 }),
  JSON.stringify({ from, notice: { ...revoked, accountId: credentialId } }),
  JSON.stringify({ from, notice: { ...revoked, credentialId: accountId } }),
  JSON.stringify({ from, notice: { ...revoked, credentialId: [credentialId] } }),
  JSON.stringify({ from, notice: { type: 'missed', accountId } }),
  JSON.stringify({ from, notice: { ...changed, kind: 'ipPolicy' } }),
  JSON.stringify({ from, notice: { ...changed, kind: 'secret' } }),
  JSON.stringify({ from, notice: { type: 'certificate-changed', name: 'a..b' } }),
  JSON.stringify({ from, notice: { type: 'certificate-changed', name: 'a.'.repeat(127) + 'ab' } }),
  JSON.stringify({ from, notice: { type: 'certificate-changed', name: 'A.example' } }),
])('parseNotice() takes %j for nothing', (text) => {
  expect(parseNotice(text)).toBeUndefined();
});

test('parseNotice() takes whatever it is given for a notice by the letter, or for nothing', () => {
  const whole = formatNotice({ from, notice: revoked });
  const cut = fc.nat(whole.length).map((at) => whole.slice(0, at) + whole.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), cut), (text) => {
      const sent = parseNotice(text);
      if (sent) expect(formatNotice(sent)).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

import type { SecureContext } from 'node:tls';
import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import { ReservedCertificates } from './reserved-certificates.ts';
import { makeCertificate } from './upload/make-certificate.testkit.ts';

const accountId = newId('account', 1);
const baseContext = {} as SecureContext;
const basePem = { cert: 'base', key: 'base' };
const base: CertificateSource = {
  ...{ caFile: '/ca.pem', caPem: 'pem', close: () => undefined },
  contextFor: async () => baseContext,
  certificateFor: async () => basePem,
};

async function start(given: Record<string, string>, change: { maxContexts?: number } = {}) {
  const { cert, key } = await makeCertificate();
  const loads: string[] = [];
  const notices: CertificateNotice[] = [];
  const state: { answer: () => Promise<CertificatePem | undefined> } = { answer: async () => ({ cert, key }) };
  const source = new ReservedCertificates({
    ...{ base, onNotice: (notice) => void notices.push(notice), ...change },
    find: (host) => (given[host] === undefined ? undefined : { accountId, certificateId: given[host] }),
    load: ({ certificateId }) => {
      loads.push(certificateId);
      return state.answer();
    },
  });
  return { source, loads, notices, state };
}

test('names that were given a certificate are served with it, all others with the base’s', async () => {
  const { source } = await start({ 'a.example': 'cert_a' });
  expect(await source.contextFor('a.example')).not.toBe(baseContext);
  expect(await source.contextFor('b.example')).toBe(baseContext);
  expect(await source.contextFor(null)).toBe(baseContext);
  expect(await source.certificateFor(null)).toBe(basePem);
  expect([source.caFile, source.caPem]).toEqual(['/ca.pem', 'pem']);
});

test('a certificate is read once, however many ask for it at once and for however many names', async () => {
  const { source, loads } = await start({ 'a.example': 'cert_a', 'b.example': 'cert_a' });
  const [one, two] = await Promise.all([source.contextFor('a.example'), source.contextFor('b.example')]);
  expect(await source.contextFor('a.example')).toBe(one);
  expect([two, loads]).toEqual([one, ['cert_a']]);
});

test.each<[string, () => Promise<CertificatePem | undefined>, number]>([
  ['is gone', async () => undefined, 0],
  ['is no certificate', async () => ({ cert: 'x', key: 'y' }), 1],
  ['cannot be read', () => Promise.reject(new Error('disk')), 1],
])('where it %s the base’s is served, and the next who asks tries again', async (_, answer, count) => {
  const { source, notices, state } = await start({ 'a.example': 'cert_a' });
  const good = state.answer;
  state.answer = answer;
  expect(await source.contextFor('a.example')).toBe(baseContext);
  expect(notices).toHaveLength(count);
  state.answer = good;
  expect(await source.contextFor('a.example')).not.toBe(baseContext);
});

test('over the limit the one that was asked for longest ago is forgotten', async () => {
  const { source, loads } = await start({ a: '1', b: '2', c: '3' }, { maxContexts: 2 });
  for (const host of ['a', 'b', 'a', 'c', 'a', 'b']) await source.contextFor(host);
  expect(loads).toEqual(['1', '2', '3', '2']);
});

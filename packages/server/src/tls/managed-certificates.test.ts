import type { SecureContext } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import { ManagedCertificates, type ServedName } from './managed-certificates.ts';
import { makeCertificate } from './upload/make-certificate.testkit.ts';

const baseContext = {} as SecureContext;
const basePem = { cert: 'base', key: 'base' };
const base: CertificateSource = {
  ...{ caFile: '/ca.pem', caPem: 'pem', close: () => undefined },
  contextFor: async () => baseContext,
  certificateFor: async () => basePem,
};
let pem: CertificatePem;
beforeAll(async () => {
  pem = await makeCertificate();
});

function start(issued: Record<string, ServedName>, load = async (): Promise<CertificatePem | undefined> => pem) {
  const state = { load };
  const loads: string[] = [];
  const missing: string[] = [];
  const notices: CertificateNotice[] = [];
  const source = new ManagedCertificates({
    ...{ base, domain: 'example.com', onNotice: (notice) => void notices.push(notice), maxContexts: 2 },
    servedFor: (host) => issued[host],
    onMissing: (host) => void missing.push(host),
    load: (name) => {
      loads.push(name);
      return state.load();
    },
  });
  return { source, loads, missing, notices, state, issued };
}
const named = (name: string, serialNumber = '1'): ServedName => ({ name, serialNumber });

test('what was issued is served; what was not is asked for, and the base serves meanwhile', async () => {
  const { source, missing } = start({ 'a.example.com': named('a.example.com') });
  expect(await source.contextFor('a.example.com')).not.toBe(baseContext);
  expect(await source.contextFor('b.example.com')).toBe(baseContext);
  expect(await source.contextFor(null)).toBe(baseContext);
  expect(missing).toEqual(['b.example.com']);
});

test('who names nobody gets the certificate of the domain, the same object until it changes', async () => {
  const { source, issued } = start({});
  expect(await source.certificateFor(null)).toBe(basePem);
  issued['example.com'] = named('*.example.com');
  const own = await source.certificateFor(null);
  expect([own, await source.certificateFor(null)]).toEqual([pem, own]);
});

test('one certificate is read once for all its hosts, and again when there is a newer one', async () => {
  const { source, loads, issued } = start({
    'a.example.com': named('*.example.com'),
    'b.example.com': named('*.example.com'),
  });
  const [one, two] = await Promise.all([source.contextFor('a.example.com'), source.contextFor('b.example.com')]);
  expect([one, loads]).toEqual([two, ['*.example.com']]);
  issued['a.example.com'] = named('*.example.com', '2');
  expect(await source.contextFor('a.example.com')).not.toBe(one);
  expect(loads).toHaveLength(2);
});

test.each<[string, () => Promise<CertificatePem | undefined>, number]>([
  ['cannot be read', () => Promise.reject(new Error('disk')), 1],
  ['is none', async () => ({ cert: 'x', key: 'y' }), 1],
  ['is gone', async () => undefined, 0],
])('where the newer one %s the one before is served, and the next who asks tries again', async (_, load, count) => {
  const { source, issued, state, notices } = start({ a: named('a') });
  const before = await source.contextFor('a');
  issued['a'] = named('a', '2');
  state.load = load;
  expect(await source.contextFor('a')).toBe(before);
  expect(notices).toHaveLength(count);
  state.load = async () => pem;
  expect(await source.contextFor('a')).not.toBe(before);
});

test('over the limit the one that was asked for longest ago is forgotten', async () => {
  const { source, loads } = start({ a: named('a'), b: named('b'), c: named('c') });
  for (const host of ['a', 'b', 'a', 'c', 'a', 'b']) await source.contextFor(host);
  expect(loads).toEqual(['a', 'b', 'c', 'b']);
});

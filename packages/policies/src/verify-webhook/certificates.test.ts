import { expect, test } from 'vitest';
import { SnsCertificates } from './certificates.ts';
import { vectors } from './vectors/vectors.testkit.ts';
import { fakeHost } from './verify-webhook.testkit.ts';

const [url = '', pem = ''] =
  Object.entries(vectors.find(({ certificates }) => certificates)?.certificates ?? {})[0] ?? [];
const other = (n: number) => url.replace('SimpleNotificationService', `Other${n}`);

test('SnsCertificates fetches a certificate once, also when asked twice at once', async () => {
  const host = fakeHost({ answers: { [url]: pem } });
  const certificates = new SnsCertificates(host);
  const [first, second] = await Promise.all([certificates.get(url), certificates.get(url)]);
  expect(first?.subject).toContain('amazonaws.com');
  expect(second).toBe(first);
  expect(await certificates.get(url)).toBe(first);
  expect(host.fetched).toEqual([url]);
  host.nowMs += 25 * 3_600_000;
  await certificates.get(url);
  expect(host.fetched).toEqual([url, url]);
});

test('SnsCertificates asks again for what failed, but not at once', async () => {
  const answers: Record<string, string | number> = { [url]: 503 };
  const host = fakeHost({ answers });
  const certificates = new SnsCertificates(host);
  expect(await certificates.get(url)).toBeUndefined();
  answers[url] = pem;
  expect(await certificates.get(url)).toBeUndefined();
  expect(host.fetched).toEqual([url]);
  host.nowMs += 31_000;
  expect(await certificates.get(url)).toBeDefined();
});

test.each([
  ['an answer that is no certificate', 'hello'],
  ['an answer that is too long', 'x'.repeat(20_000)],
])('SnsCertificates takes %s for none', async (_title, answer) => {
  expect(await new SnsCertificates(fakeHost({ answers: { [url]: answer } })).get(url)).toBeUndefined();
});

test('SnsCertificates keeps a bounded number, and fetches a bounded number at a time', async () => {
  const host = fakeHost();
  const certificates = new SnsCertificates(host);
  await Promise.all(Array.from({ length: 50 }, (_, n) => certificates.get(other(n))));
  expect(host.fetched).toHaveLength(4);
  for (let n = 0; n < 50; n++) await certificates.get(other(n));
  const before = host.fetched.length;
  await certificates.get(other(49));
  expect(host.fetched).toHaveLength(before);
  await certificates.get(other(10));
  expect(host.fetched).toHaveLength(before + 1);
});

import { sampleNowMs, testPolicy } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimit } from './rate-limit.ts';
import { bucketOf, SlidingWindows } from './sliding-windows.ts';

const config = { name: 'n', algorithm: 'sliding_window', capacity: 2, rate: '60s', bucket_key: ['conn.client_ip'] };
const ofA = { request: {}, connect: { clientIp: '203.0.113.1' } };
const values = { 'conn.client_ip': ({ connection }: { connection: { clientIp: string } }) => connection.clientIp };

testPolicy(rateLimit, {
  decisions: [
    { title: 'lets pass what there is room for', config, values, before: [ofA], ...ofA, expected: 'continue' },
    {
      title: 'refuses one too many, and says when to come again',
      config,
      values,
      before: [ofA, ofA],
      ...ofA,
      expected: 'limited',
      check: ({ result }, decision) => {
        expect(decision).toMatchObject({ code: 9612, headers: ['retry-after', '90'] });
        expect(result).toEqual({ bucket_key: '["203.0.113.1"]', limited: true });
      },
    },
    {
      title: 'counts others for themselves',
      config,
      values,
      before: [ofA, ofA],
      request: {},
      connect: { clientIp: '203.0.113.2' },
      expected: 'continue',
    },
    {
      title: 'lets pass again later',
      config,
      values,
      before: [ofA, ofA],
      ...ofA,
      nowMs: sampleNowMs + 90_000,
      expected: 'continue',
    },
    {
      title: 'only says so when it is not enforced',
      config: { ...config, enforce: false },
      values,
      before: [ofA, ofA],
      ...ofA,
      expected: 'continue',
      check: ({ result }) => expect(result).toMatchObject({ limited: true }),
    },
    {
      title: 'counts nobody who only asks',
      config,
      values,
      before: Array.from({ length: 5 }, () => ({ ...ofA, isDry: true })),
      ...ofA,
      expected: 'continue',
    },
  ],
  refusals: [
    { title: 'refuses a short time', config: { ...config, rate: '59s' }, code: 9600, names: 'rate' },
    { title: 'refuses odd steps', config: { ...config, rate: '1m5s' }, code: 9600, names: 'steps of 10s' },
    { title: 'refuses a text that is no time', config: { ...config, rate: '60' }, code: 9600, names: '60s' },
    { title: 'refuses to count nothing', config: { ...config, bucket_key: [] }, code: 9600, names: 'bucket_key' },
  ],
});

test('SlidingWindows lets nobody pass whom it would refuse after the time it says, and passes them then', () => {
  const times = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), times, (capacity, gaps) => {
      const windows = new SlidingWindows();
      const limit = { capacity, rateMs: 60_000 };
      let nowMs = 1_000_000;
      for (const gap of gaps) {
        nowMs += gap;
        const waitMs = windows.take('k', limit, { nowMs, isDry: false });
        if (waitMs > 0) expect(windows.take('k', limit, { nowMs: nowMs + waitMs, isDry: true })).toBe(0);
      }
    }),
  );
});

test('SlidingWindows lets at most twice its capacity less one pass in any stretch, and its capacity when they come evenly', () => {
  const windows = new SlidingWindows();
  const limit = { capacity: 60, rateMs: 60_000 };
  let passed = 0;
  for (let ms = 0; ms < 600_000; ms += 100) {
    if (windows.take('k', limit, { nowMs: 60_000_000 + ms, isDry: false }) === 0) passed++;
  }
  expect(passed).toBeGreaterThanOrEqual(590);
  expect(passed).toBeLessThanOrEqual(660);
});

test('a bucket takes no more room than another, however long what visitors send for its key', () => {
  const long = 'x'.repeat(100_000);
  expect(bucketOf([long]).length).toBeLessThan(200);
  expect(bucketOf([long])).toBe(bucketOf([long]));
  const names = [['a', 'b'], ['a","b'], ['ab'], [long], [`${long}y`], [bucketOf([long])], [long, '']].map(bucketOf);
  expect(new Set(names).size).toBe(names.length);
});

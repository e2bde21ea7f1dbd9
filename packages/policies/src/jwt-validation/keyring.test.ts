import { sampleHost, sampleNowMs } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { jku, makeKey, SampleIssuer } from './issuer.testkit.ts';
import { Keyring } from './keyring.ts';

const [first, second] = [makeKey('EdDSA', 'first'), makeKey('EdDSA', 'second')];
const minuteMs = 60_000;

function open(...keys: readonly unknown[]) {
  const issuer = new SampleIssuer(...keys);
  let nowMs = sampleNowMs;
  const keyring = new Keyring(sampleHost({}, { fetch: issuer.fetch, now: () => nowMs }));
  const find = async (kid: string, urls: readonly string[] = [jku], isDry = false) => {
    try {
      return (await keyring.find({ urls, kid, algorithm: 'EdDSA', isDry })).map((key) => `${key.kid} of ${key.url}`);
    } catch (error) {
      return (error as { reason?: string }).reason ?? error;
    }
  };
  return { issuer, find, later: (ms: number) => void (nowMs += ms) };
}

const found = [`first of ${jku}`];

test('Keyring asks once for what it then knows for 15 minutes, however many want it', async () => {
  const { issuer, find, later } = open(first.jwk);
  expect(await Promise.all([find('first'), find('first'), find('first')])).toEqual([found, found, found]);
  later(15 * minuteMs);
  await find('first');
  expect(issuer.asked).toHaveLength(1);
  later(1);
  await find('first');
  expect(issuer.asked).toHaveLength(2);
});

test('Keyring finds a key that is new', async () => {
  const { issuer, find, later } = open(first.jwk);
  await find('first');
  issuer.keys = [second.jwk];
  later(minuteMs);
  expect(await find('second')).toEqual([`second of ${jku}`]);
  expect(await find('first')).toBe('unknown-key');
});

test('Keyring is not made to ask all the time by keys that there are not', async () => {
  const { issuer, find, later } = open(first.jwk);
  await find('first');
  later(minuteMs);
  for (let i = 0; i < 300; i++) {
    expect(await find(`stranger ${i}`)).toBe('unknown-key');
    later(1_000);
  }
  expect(issuer.asked).toHaveLength(1 + 10);
});

test('Keyring makes do with what it knows while nobody answers, for an hour and no longer', async () => {
  const { issuer, find, later } = open(first.jwk);
  await find('first');
  issuer.isDown = true;
  later(60 * minuteMs);
  expect(await find('first')).toEqual(found);
  // It may be a key that there is by now.
  expect(await find('second')).toBe('unknown-key');
  later(1);
  expect(await find('first')).toBe('keys-unavailable');
  issuer.isDown = false;
  later(5_000);
  expect(await find('first')).toEqual(found);
});

test('Keyring asks who does not answer every five seconds at most', async () => {
  const { issuer, find, later } = open(first.jwk);
  issuer.isDown = true;
  for (let i = 0; i < 60; i++) {
    expect(await find('first')).toBe('keys-unavailable');
    later(1_000);
  }
  expect(issuer.asked.length).toBeLessThanOrEqual(12);
});

test('Keyring has nobody wait again for an address that did not answer, who can do without it', async () => {
  const { issuer, find, later } = open(first.jwk);
  const urls = [jku, 'https://hanging.example/'];
  issuer.isDown = true;
  expect(await find('first', urls)).toBe('keys-unavailable');
  issuer.isDown = false;
  issuer.hangs = 'https://hanging.example/';
  later(5_000);
  // Nothing is known yet: then they do wait.
  expect(await find('first', [jku])).toEqual(found);
  expect(await find('first', urls)).toEqual(found);
  expect(issuer.asked.at(-1)).toBe(issuer.hangs);
});

test('Keyring takes the address in front first, and says that it cannot know while one is missing', async () => {
  const { issuer, find } = open(first.jwk);
  const [one, other] = ['https://a.example/', 'https://b.example/'];
  expect(await find('first', [one, other])).toEqual([`first of ${one}`, `first of ${other}`]);
  issuer.isDown = true;
  const third = 'https://c.example/';
  expect(await find('first', [third, one])).toEqual([`first of ${one}`]);
  expect(await find('second', [third, one])).toBe('keys-unavailable');
});

test('Keyring asks nobody in a dry run', async () => {
  const { issuer, find } = open(first.jwk);
  expect(await find('first', [jku], true)).toBe('keys-unavailable');
  expect(issuer.asked).toEqual([]);
});

test('Keyring forgets addresses that nobody wants any more', async () => {
  const { issuer, find } = open(first.jwk);
  for (let i = 0; i < 33; i++) await find('first', [`https://${i}.example/`]);
  await find('first', ['https://0.example/']);
  expect(issuer.asked).toHaveLength(34);
});

test.each([
  ['for encryption', { use: 'enc' }],
  ['for other work', { key_ops: ['sign'] }],
  ['of another algorithm', { alg: 'ES256' }],
  ['of an unknown curve', { crv: 'X25519' }],
  ['that cannot be read', { x: 'AA' }],
  ['that is shared', { kty: 'oct', k: 'AAAA' }],
  ['whose id is no text', { kid: 1 }],
])('Keyring passes over a key %s', async (_, changes) => {
  const { find } = open({ ...first.jwk, ...changes }, null, 'x', second.jwk);
  expect(await find('first')).toBe('unknown-key');
  expect(await find('second')).toEqual([`second of ${jku}`]);
});

test('Keyring keeps nothing of a key that is secret', async () => {
  const issuer = new SampleIssuer({ ...first.privateKey.export({ format: 'jwk' }), kid: 'first' });
  const keyring = new Keyring(sampleHost({}, { fetch: issuer.fetch }));
  const [key] = await keyring.find({ urls: [jku], kid: 'first', algorithm: 'EdDSA', isDry: false });
  expect(key?.key.type).toBe('public');
});

test('Keyring forgets none of what it knows for whoever only asks', async () => {
  const { issuer, find } = open(first.jwk);
  await find('first');
  for (let i = 0; i < 100; i++)
    expect(await find('first', [`https://other-${i}.example`], true)).toBe('keys-unavailable');
  expect(await find('first')).toEqual(found);
  expect(issuer.asked).toHaveLength(1);
});

import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { ChallengeAnswer } from '../domain/managed-certificates.ts';
import { ChallengeAnswers, type ChallengeAnswersDeps } from './challenge-answers.ts';

const token = 'abcdefghijklmnopqrstuv';
const answer = { name: 'a.example', token, keyAuthorization: `${token}.x`, expiresAtMs: 9 };
const found: ChallengeAnswer = { ...answer, type: 'http-01' };

function open(find: ChallengeAnswersDeps['store']['findChallengeAnswer'], maxLookUps = 8) {
  const asked: object[] = [];
  const made: string[] = [];
  const answers = new ChallengeAnswers({
    ...{ clock: fakeClock(5), log: { debug: () => undefined }, limits: { maxLookUps } },
    store: {
      findChallengeAnswer: (...question) => {
        asked.push(question);
        return find(...question);
      },
    },
    makeCertificate: async (host, keyAuthorization) => {
      made.push(`${host} ${keyAuthorization}`);
      return { cert: keyAuthorization, key: host };
    },
  });
  return { answers, asked, made };
}

test('a page is what the store has for that token of that host now', async () => {
  const { answers, asked } = open(async () => found);
  expect(await answers.pageOf('a.example', token)).toBe(found.keyAuthorization);
  expect(asked).toEqual([[{ name: 'a.example', type: 'http-01', token }, 5]]);
});

test.each(['', 'short', `${token}/`, `${token}?a`, `${token}%41`, 'x'.repeat(256)])(
  '%j is no token, and nobody looks for it',
  async (odd) => {
    const { answers, asked } = open(async () => found);
    expect(await answers.pageOf('a.example', odd)).toBeUndefined();
    expect(asked).toEqual([]);
  },
);

test('a certificate is made once for each challenge, however often it is asked for', async () => {
  let current = { ...answer, type: 'tls-alpn-01' as const };
  const { answers, made } = open(async () => current);
  const [one, two] = await Promise.all([answers.certificateOf('a.example'), answers.certificateOf('a.example')]);
  expect([one, made.length]).toEqual([two, 1]);
  current = { ...current, keyAuthorization: 'other' };
  expect((await answers.certificateOf('a.example'))?.cert).toBe('other');
});

test('over the limit, and where the store fails, there is no answer of ours', async () => {
  const { promise, resolve } = Promise.withResolvers<ChallengeAnswer>();
  const { answers, asked } = open(() => promise, 2);
  const waiting = [answers.pageOf('a.example', token), answers.certificateOf('b.example')];
  expect(await answers.pageOf('c.example', token)).toBeUndefined();
  expect(asked).toHaveLength(2);
  resolve(found);
  await Promise.all(waiting);
  expect(await answers.pageOf('c.example', token)).toBe(found.keyAuthorization);
  const failing = open(() => Promise.reject(new Error('gone'))).answers;
  expect(await failing.pageOf('a.example', token)).toBeUndefined();
});

import { expect, test } from 'vitest';
import { fetchBriefly } from './fetch-briefly.ts';

const url = new URL('https://sns.eu-west-1.amazonaws.com/a.pem');
const never = () => () => {};

test('fetchBriefly() answers what is there, and follows nobody elsewhere', async () => {
  const asked: RequestInit[] = [];
  const host = {
    after: never,
    fetch: async (_url: unknown, init?: RequestInit) => (asked.push(init ?? {}), new Response('pem')),
  };
  expect((await fetchBriefly(host, url)).toString()).toBe('pem');
  expect(asked).toMatchObject([{ redirect: 'error' }]);
});

test('fetchBriefly() gives up when its time is over, and takes the alarm back when not', async () => {
  let [alarms, cancelled] = [0, 0];
  const host = {
    after(_delayMs: number, ring: () => void) {
      alarms++;
      queueMicrotask(ring);
      return () => void cancelled++;
    },
    fetch: (_url: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('too late')));
      }),
  };
  await expect(fetchBriefly(host, url)).rejects.toThrow('too late');
  expect([alarms, cancelled]).toEqual([1, 1]);
});

test.each([
  ['another status', new Response('x', { status: 404 })],
  ['more than 16 KiB', new Response('x'.repeat(16_385))],
])('fetchBriefly() does not take %s', async (_title, answer) => {
  await expect(fetchBriefly({ after: never, fetch: async () => answer }, url)).rejects.toThrow();
});

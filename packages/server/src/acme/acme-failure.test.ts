import { expect, test } from 'vitest';
import { failureOfAnswer, failureOfProblem } from './acme-failure.ts';

const problem = (name: string, detail = 'why') => ({ type: `urn:ietf:params:acme:error:${name}`, detail });
const from = { host: 'ca.example', nowMs: 1_000 };

test.each<[number, unknown, string, boolean]>([
  [429, problem('rateLimited'), 'rate-limited', true],
  [429, 'slow down', 'rate-limited', true],
  [503, '<html>', 'unreachable', true],
  [500, problem('serverInternal'), 'unreachable', true],
  [403, problem('rejectedIdentifier'), 'refused', false],
  [403, problem('caa'), 'refused', false],
  [400, problem('externalAccountRequired'), 'refused', false],
  [400, problem('malformed'), 'internal', false],
  [404, null, 'internal', false],
])('an answer %i with %j is %s, and may another authority do better: %s', (status, data, kind, mayDifferElsewhere) => {
  const failure = failureOfAnswer({ status, headers: {}, data }, from);
  expect(failure).toMatchObject({ kind, mayDifferElsewhere, retryAtMs: null });
  expect(failure.message).toContain(`ca.example answers ${status}`);
});

test.each<[string, number | null]>([
  ['7200', 7_201_000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
  ['soon', null],
  ['99999999999', null],
])('Retry-After: %s is %s', (text, retryAtMs) => {
  expect(failureOfAnswer({ status: 429, headers: { 'retry-after': text }, data: '' }, from).retryAtMs).toBe(retryAtMs);
});

test.each(['dns', 'connection', 'tls', 'unauthorized', 'incorrectResponse'])('%s is the name’s own fault', (name) => {
  expect(failureOfProblem(problem(name), 'ca.example')).toMatchObject({ kind: 'dns', problem: name });
});

test('what an authority says is shown short and in one line', () => {
  const { message } = failureOfProblem(problem('dns', `a\n\u001b[2Jb\u202e${'x'.repeat(9_000)}`), 'ca.example');
  expect(message).toMatch(/^ca.example says: a \[2Jb x+$/);
  expect(message.length).toBeLessThan(600);
});

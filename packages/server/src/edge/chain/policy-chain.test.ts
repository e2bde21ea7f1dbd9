import { type Policy, proceed } from '@adit/policy-kit';
import { sampleConnectFacts, sampleRequestFacts } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { PolicyChain } from './policy-chain.ts';

const facts = sampleConnectFacts();
const deny = { outcome: 'deny', reason: 'sample/local', code: 9007 } as const;
const policyFailed = { outcome: 'deny', reason: 'chain/policy-failed', code: 9004 };
const timedOut = { outcome: 'deny', reason: 'chain/timeout', code: 9004 };

/** A chain of these policies, named p0, p1, …, that must decide within 100 ms. */
function chainOf(...policies: Policy[]) {
  const clock = fakeClock();
  const logged: object[] = [];
  const log = { error: (fields: object) => void logged.push(fields) };
  const steps = policies.map((policy, i) => ({ name: `p${i}`, policy }));
  return { chain: new PolicyChain(steps, { clock, log, limits: { decisionTimeoutMs: 100 } }), clock, logged };
}

describe.each(['connect', 'request'] as const)('chain.%s()', (facet) => {
  const ask = (...answers: (() => unknown)[]) => {
    const policies = answers.map((answer) => ({ [facet]: answer }));
    const { chain, ...rest } = chainOf(...policies);
    return { answer: facet === 'connect' ? chain.connect(facts) : chain.request(sampleRequestFacts()), ...rest };
  };

  test('answers without a promise when every policy does', async () => {
    const { answer, clock } = ask(
      () => ({ outcome: 'continue' }),
      () => proceed,
    );
    expect(answer).toBe(proceed);
    expect(clock.pendingTimers).toBe(0);
  });

  test('answers the first denial and asks no policy after it', async () => {
    const { answer } = ask(
      () => proceed,
      () => deny,
      () => expect.unreachable(),
    );
    expect(answer).toBe(deny);
  });

  test('waits for policies that need time, and sets no timer behind', async () => {
    const { answer, clock } = ask(
      () => proceed,
      async () => proceed,
      () => proceed,
      () => Promise.resolve(deny),
      () => expect.unreachable(),
    );
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toBe(deny);
    expect(clock.pendingTimers).toBe(0);
  });

  test('skips policies without the facet', async () => {
    const other = facet === 'connect' ? 'request' : 'connect';
    const { chain } = chainOf({ [other]: () => deny });
    expect(facet === 'connect' ? chain.connect(facts) : chain.request(sampleRequestFacts())).toBe(proceed);
  });

  const boom = new Error('boom');
  test.each<{ title: string; answer: () => unknown; cause: unknown }>([
    {
      title: 'throws',
      answer: () => {
        throw boom;
      },
      cause: boom,
    },
    { title: 'rejects', answer: () => Promise.reject(boom), cause: boom },
    { title: 'answers nothing', answer: () => undefined, cause: expect.any(TypeError) },
    { title: 'answers true', answer: () => true, cause: expect.any(TypeError) },
    { title: 'resolves with nothing', answer: async () => undefined, cause: expect.any(TypeError) },
    { title: 'answers an unknown outcome', answer: () => ({ outcome: 'allow' }), cause: expect.any(TypeError) },
    { title: 'denies without a reason', answer: () => ({ outcome: 'deny', code: 3205 }), cause: expect.any(TypeError) },
    { title: 'denies with a foreign code', answer: () => ({ ...deny, code: 1 }), cause: expect.any(TypeError) },
    {
      title: 'answers an object that throws when looked at',
      answer: () => ({
        get outcome() {
          throw boom;
        },
      }),
      cause: boom,
    },
  ])('refuses when a policy $title, and logs why [invariant: fail-closed]', async ({ answer, cause }) => {
    const asked = ask(
      () => proceed,
      answer,
      () => expect.unreachable(),
    );
    expect(await asked.answer).toEqual(policyFailed);
    expect(asked.logged).toEqual([{ policy: 'p1', err: cause }]);
  });

  test('refuses when the policies together take too long [invariant: fail-closed]', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const asked: string[] = [];
    const slow = ask(
      async () => proceed,
      () => promise,
      () => (asked.push('third'), proceed),
    );
    await new Promise(setImmediate);
    slow.clock.advance(99);
    expect(slow.clock.pendingTimers).toBe(1);
    slow.clock.advance(1);
    expect(await slow.answer).toEqual(timedOut);
    expect(slow.logged).toEqual([{ policy: 'p1' }]);
    // A late answer neither changes the decision nor lets the next policy be asked.
    resolve(proceed);
    await new Promise(setImmediate);
    expect(asked).toEqual([]);
  });
});

describe('chain.recheck()', () => {
  test('lets a stream go on when policies have no recheck', async () => {
    const { chain } = chainOf({ connect: () => deny });
    expect(chain.recheck(facts)).toBe(proceed);
  });

  test('answers the first denial', async () => {
    const { chain } = chainOf(
      { connect: () => proceed, recheck: () => proceed },
      { connect: () => proceed, recheck: () => deny },
    );
    expect(chain.recheck(facts)).toBe(deny);
  });

  test.each<{ title: string; recheck: () => unknown }>([
    {
      title: 'throws',
      recheck: () => {
        throw new Error('boom');
      },
    },
    { title: 'answers nothing', recheck: () => undefined },
    { title: 'answers with a promise', recheck: () => Promise.resolve(proceed) },
    { title: 'answers with a promise that rejects', recheck: () => Promise.reject(new Error('boom')) },
  ])('refuses when a policy $title [invariant: fail-closed]', async ({ recheck }) => {
    const { chain, logged } = chainOf({ connect: () => proceed, recheck } as Policy);
    expect(chain.recheck(facts)).toEqual(policyFailed);
    expect(logged[0]).toMatchObject({ policy: 'p0' });
  });
});

describe('chain.close()', () => {
  test('closes every policy once, also when one of them throws', async () => {
    const closed: string[] = [];
    const closing = (name: string): Policy => ({ connect: () => proceed, close: () => void closed.push(name) });
    const broken: Policy = {
      connect: () => proceed,
      close() {
        throw new Error('boom');
      },
    };
    const { chain, logged } = chainOf(closing('a'), broken, closing('b'));
    chain.close();
    chain.close();
    expect(closed).toEqual(['a', 'b']);
    expect(logged).toMatchObject([{ policy: 'p1' }]);
  });
});

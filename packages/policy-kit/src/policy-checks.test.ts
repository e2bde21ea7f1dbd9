import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { definePolicy, type Policy, type PolicyModule, proceed } from './index.ts';
import {
  checkAskingIsDry,
  checkDecision,
  checkEveryReasonIsGiven,
  checkFacets,
  checkFailsClosed,
  checkRecheckIsPure,
  checkRefusal,
  checkSchemaIsStrict,
  type DecisionRow,
  isProtective,
} from './policy-checks.testkit.ts';

const deny = { outcome: 'deny', reason: 'sample/local', code: 9007 } as const;
const row: DecisionRow = { title: 'sample', config: {}, expected: 'continue' };

/** A module that is right but for what the test makes wrong in it. */
function moduleWith(policy: Policy, changes: Partial<PolicyModule> = {}): PolicyModule {
  const phases = ['on_tcp_connect'] as const;
  const base = {
    name: 'sample',
    phases,
    schema: z.strictObject({}),
    reasons: { local: 'Always.' },
    prepare: () => policy,
  };
  return definePolicy<unknown>({ ...base, ...changes });
}

test('checkDecision() takes the expected answer and refuses another', async () => {
  await checkDecision(moduleWith({ connect: () => proceed }), row);
  await checkDecision(moduleWith({ request: () => deny }), { ...row, request: {}, expected: 'local' });
  await expect(checkDecision(moduleWith({ connect: () => deny }), row)).rejects.toThrow();
  await expect(checkDecision(moduleWith({ connect: () => proceed }), { ...row, expected: 'local' })).rejects.toThrow();
});

test('checkDecision() refuses an undeclared reason and a missing facet', async () => {
  const expected = { ...row, expected: 'local' };
  await expect(checkDecision(moduleWith({ connect: () => deny }, { reasons: {} }), expected)).rejects.toThrow(
    'declared',
  );
  await expect(checkDecision(moduleWith({ request: () => proceed }), row)).rejects.toThrow('facet');
});

test('checkRefusal() wants the code, from schema or prepare, and the mistake by name', async () => {
  const broken = moduleWith({}, { prepare: () => Promise.reject(new AditError(362, 'Cannot use "x"')) });
  const refusal = { title: '', config: {}, code: 362, names: '"x"' } as const;
  await checkRefusal(broken, refusal);
  await checkRefusal(broken, { ...refusal, config: { typo: 1 }, code: 9600, names: 'typo' });
  await expect(checkRefusal(broken, { ...refusal, names: '"y"' })).rejects.toThrow();
  await expect(checkRefusal(broken, { ...refusal, code: 9600 })).rejects.toThrow();
  await expect(checkRefusal(broken, { ...refusal, config: 5 })).rejects.toThrow();
  await expect(checkRefusal(moduleWith({}), refusal)).rejects.toThrow();
});

test('checkEveryReasonIsGiven() finds a reason that no row gives', () => {
  checkEveryReasonIsGiven(moduleWith({}), [{ ...row, expected: 'local' }]);
  expect(() => checkEveryReasonIsGiven(moduleWith({}), [row])).toThrow();
});

test('checkSchemaIsStrict() finds a schema that passes over unknown keys or other forms', () => {
  checkSchemaIsStrict(moduleWith({}), row);
  expect(() => checkSchemaIsStrict(moduleWith({}, { schema: z.object({}) }), row)).toThrow('no-such-key');
  expect(() => checkSchemaIsStrict(moduleWith({}, { schema: z.strictObject({}).nullable() }), row)).toThrow('null');
});

test.each<{ title: string; policy: Policy; isSound: boolean }>([
  { title: 'takes a policy that never looks', policy: { connect: () => proceed }, isSound: true },
  {
    title: 'takes a policy that throws on what it cannot use',
    policy: { connect: ({ connection }) => (connection.clientIp.includes('.') ? proceed : deny) },
    isSound: true,
  },
  {
    title: 'finds a policy that swallows a failure',
    policy: {
      connect({ connection }) {
        try {
          return connection.clientIp === '192.0.2.1' ? deny : proceed;
        } catch {
          return proceed; // The mistake that the check is for.
        }
      },
    },
    isSound: false,
  },
  {
    title: 'finds a policy that passes an address it does not understand',
    policy: { connect: async ({ connection }) => (connection.clientIp === '192.0.2.1' ? deny : proceed) },
    isSound: false,
  },
  {
    title: 'finds a recheck that passes an address it does not understand',
    policy: {
      connect: () => deny,
      recheck: ({ connection }) => (connection.clientIp === '192.0.2.1' ? deny : proceed),
    },
    isSound: false,
  },
])('checkFailsClosed() $title', async ({ policy, isSound }) => {
  const check = checkFailsClosed(moduleWith(policy), row);
  await (isSound ? check : expect(check).rejects.toThrow('could not read'));
});

test('checkRecheckIsPure() finds a recheck that consumes what connect counts', async () => {
  const counting = (isRecheckCounted: boolean) => {
    let left = 30;
    const recheck = () => (isRecheckCounted && left-- < 0 ? deny : proceed);
    return { connect: () => (left-- > 0 ? proceed : deny), recheck } satisfies Policy;
  };
  await checkRecheckIsPure(moduleWith({}, { prepare: () => counting(false) }), row);
  await expect(checkRecheckIsPure(moduleWith({}, { prepare: () => counting(true) }), row)).rejects.toThrow('changes');
});

test('checkRecheckIsPure() finds a recheck that needs time', async () => {
  const slow = { connect: () => proceed, recheck: () => Promise.resolve(proceed) } as unknown as Policy;
  await expect(checkRecheckIsPure(moduleWith(slow), row)).rejects.toThrow('promise');
});

test('checkFacets() finds a phase whose facet is missing', async () => {
  await checkFacets(moduleWith({ connect: () => proceed }), row);
  await expect(checkFacets(moduleWith({ request: () => proceed }), row)).rejects.toThrow('facet');
});

test('isProtective() knows a policy that refuses somebody', async () => {
  expect(await isProtective(moduleWith({ connect: () => proceed }), [row])).toBe(false);
  expect(await isProtective(moduleWith({ connect: () => deny }), [row])).toBe(true);
});

test('checkAskingIsDry() finds a call, one that is not told, and a count', async () => {
  const called = moduleWith(
    {},
    { prepare: (_, host) => ({ connect: async () => (await host.fetch('x').catch(() => {}), proceed) }) },
  );
  await expect(checkAskingIsDry(called, row)).rejects.toThrow('called');
  const silent = moduleWith(
    {},
    {
      prepare: (_, host) => ({
        connect: async ({ isDry }) => (isDry || (await host.fetch('x').catch(() => {})), proceed),
      }),
    },
  );
  await expect(checkAskingIsDry(silent, row)).rejects.toThrow('told');
  const counting = moduleWith(
    {},
    {
      prepare: () => {
        let count = 0;
        return { connect: () => (++count > 3 ? deny : proceed) };
      },
    },
  );
  await expect(checkAskingIsDry(counting, row)).rejects.toThrow('changes');
  await checkAskingIsDry(moduleWith({ connect: () => proceed }), row);
});

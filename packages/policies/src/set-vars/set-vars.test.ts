import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { setVars } from './set-vars.ts';

testPolicy(setVars, {
  decisions: [
    {
      title: 'sets values with the types of their expressions',
      config: { vars: [{ a: '${1 + 1}' }, { b: 'is ${1 + 1}' }, { c: 3 }, { d: true }, { e: 0.5 }] },
      values: { '1 + 1': 2n },
      expected: 'continue',
      check: ({ variables }) => expect(variables).toEqual({ a: 2n, b: 'is 2', c: 3n, d: true, e: 0.5 }),
    },
  ],
  refusals: [
    { title: 'refuses two in one entry', config: { vars: [{ a: '1', b: '2' }] }, code: 9600, names: 'one variable' },
    {
      title: 'refuses a name that no expression could say',
      config: { vars: [{ 'a-b': '1' }] },
      code: 9600,
      names: 'name',
    },
    { title: 'refuses an empty list', config: { vars: [] }, code: 9600, names: 'vars' },
  ],
});

test('later variables see earlier ones', async () => {
  const context = new SampleContext();
  const host = sampleHost({ 'vars.a': (asked: SampleContext) => asked.variables['a'] });
  const policy = await setVars.prepare({ vars: [{ a: '1' }, { b: '${vars.a}' }] }, host);
  await policy.connect?.(context);
  expect(context.variables).toEqual({ a: '1', b: '1' });
});

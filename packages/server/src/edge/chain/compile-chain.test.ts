import { AditError } from '@adit/contracts';
import { definePolicy, type Policy, proceed } from '@adit/policy-kit';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { PolicySpec } from '../../domain/chain.ts';
import { compileChain } from './compile-chain.ts';
import { emptyChain } from './empty-chain.ts';

const facts = sampleConnectFacts();
const schema = z.strictObject({ ports: z.array(z.number()).optional() });

/** Compiles with one module for each `prepare`, named p0, p1, …; without `layers` all of them in one layer. */
function compile(prepares: readonly (() => Policy | Promise<Policy>)[], layers?: PolicySpec[][]) {
  const modules = prepares.map((prepare, i) => definePolicy<unknown>({ name: `p${i}`, schema, reasons: {}, prepare }));
  const all = modules.map(({ name }) => ({ name, config: {} }));
  const options = { modules, clock: fakeClock(), log: { error: () => {} } };
  return compileChain(layers ?? [all], { now: () => 0 }, options);
}

test('compileChain() answers the shared empty chain when no layer has a policy', async () => {
  expect(await compile([], [[], [], []])).toBe(emptyChain);
});

test('compileChain() asks the organisation first, then the endpoint, then the agent, each as written', async () => {
  const asked: string[] = [];
  const noting = (name: string) => () => ({ connect: () => (asked.push(name), proceed) });
  const modules = [noting('agent'), noting('endpoint 1'), noting('endpoint 2'), noting('organisation')];
  const layer = (...names: string[]) => names.map((name) => ({ name, config: {} }));
  const chain = await compile(modules, [layer('p3'), layer('p1', 'p2'), layer('p0')]);
  expect(chain.connect(facts)).toBe(proceed);
  expect(asked).toEqual(['organisation', 'endpoint 1', 'endpoint 2', 'agent']);
});

test.each<{ title: string; spec: PolicySpec; message: RegExp }>([
  { title: 'a policy that is not in the registry', spec: { name: 'nope', config: {} }, message: /"nope".*p0/ },
  { title: 'an unknown key', spec: { name: 'p0', config: { prots: [1] } }, message: /"p0": config: .*"prots"/ },
  {
    title: 'a value of another type',
    spec: { name: 'p0', config: { ports: [1, 'x'] } },
    message: /"p0": ports\.1: /,
  },
  { title: 'a configuration that is none', spec: { name: 'p0', config: null }, message: /"p0": config: / },
])('compileChain() refuses $title with code 9201', async ({ spec, message }) => {
  const error = await compile([() => ({ connect: () => proceed })], [[spec]]).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 9201 });
  expect(error.message).toMatch(message);
});

test.each<{ title: string; prepare: () => Policy | Promise<Policy>; code: number }>([
  { title: 'with its own code', prepare: () => Promise.reject(new AditError(362, 'bad range')), code: 362 },
  {
    title: 'with code 9000 when it breaks',
    prepare: () => {
      throw new Error('secret');
    },
    code: 9000,
  },
  { title: 'with code 9000 when it answers nothing', prepare: () => undefined as unknown as Policy, code: 9000 },
  { title: 'with code 9000 when it would ask nobody anything', prepare: () => ({ close() {} }), code: 9000 },
])(
  'compileChain() passes on a failing prepare $title, and closes what it prepared before',
  async ({ prepare, code }) => {
    const closed: string[] = [];
    const closing = (name: string) => () => ({ connect: () => proceed, close: () => void closed.push(name) });
    const error = await compile([closing('a'), closing('b'), prepare, closing('never prepared')]).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect(error.message).not.toContain('secret');
    expect(closed).toEqual(['a', 'b']);
  },
);

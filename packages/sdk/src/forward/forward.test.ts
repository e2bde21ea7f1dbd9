import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { ServerConnection } from '../session/server-connection.ts';
import { ForwardBinding } from './forward.ts';

interface Asked {
  readonly Id: string;
  readonly Extra: { readonly Token: string };
}

/** A leg whose answers the test gives. */
function leg() {
  const calls: (Asked & { answer(id: string): void; refuse(): void; lose(): void })[] = [];
  const connection = {
    call: (_type: number, request: Asked) =>
      new Promise((resolve, reject) => {
        const answer = {
          Proto: 'https',
          URL: 'https://app.test',
          Opts: { ProxyProto: 0, Domain: 'app.test' },
          Error: '',
        };
        calls.push({
          ...request,
          answer: (id) => resolve({ ...answer, Id: id, Extra: { Token: `token of ${id}` } }),
          refuse: () => resolve({ ...answer, Id: '', Error: 'unknown', Extra: {} }),
          lose: () => reject(new AditError(9301)),
        });
      }),
    refusal: () => new AditError(335),
  } as unknown as ServerConnection;
  return { connection, calls };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** An endpoint that is known to the agent, and to no server any more; two legs bind it at once. */
async function startOverByTwo() {
  const binding = new ForwardBinding({ upstream: '3000', url: 'https://app.test' });
  const [before, first, second] = [leg(), leg(), leg()];
  const bound = binding.bind(before.connection, { mayStartOver: true });
  before.calls[0]?.answer('ep_0');
  await bound;
  const both = [first, second].map(({ connection }) => binding.bind(connection, { mayStartOver: true }));
  first.calls[0]?.refuse();
  await settle();
  expect(first.calls[1]).toMatchObject({ Id: '', Extra: { Token: '' } });
  return { binding, first, second, both: Promise.allSettled(both) };
}

test.each(['before', 'after'])(
  'a leg that is refused %s another began anew binds what that one was given',
  async (when) => {
    const { binding, first, second, both } = await startOverByTwo();
    if (when === 'before') second.calls[0]?.refuse();
    await settle();
    first.calls[1]?.answer('ep_1');
    await settle();
    if (when === 'after') second.calls[0]?.refuse();
    await settle();
    expect(second.calls[1]).toMatchObject({ Id: 'ep_1', Extra: { Token: 'token of ep_1' } });
    second.calls[1]?.answer('ep_1');
    expect((await both).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(binding.id).toBe('ep_1');
  },
);

test('a leg begins anew when another one was lost over it', async () => {
  const { binding, first, second, both } = await startOverByTwo();
  second.calls[0]?.refuse();
  await settle();
  first.calls[1]?.lose();
  await settle();
  expect(second.calls[1]).toMatchObject({ Id: '', Extra: { Token: '' } });
  second.calls[1]?.answer('ep_2');
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(binding.id).toBe('ep_2');
});

test('bind() has the passwords withheld from what the server says', async () => {
  const password = 'correct horse';
  const options = { upstream: '3000', basicAuth: [{ username: 'ann', password }], trafficPolicy: 'a: b' };
  const refused: string[] = [];
  const connection = {
    call: async () => ({ Id: '', URL: '', Proto: '', Opts: {}, Extra: {}, Error: 'no' }),
    refusal: (text: string, secrets: readonly string[]) => {
      refused.push(text, ...secrets);
      return new AditError(9600);
    },
  } as unknown as ServerConnection;
  const bound = new ForwardBinding(options).bind(connection, { mayStartOver: true });
  await expect(bound).rejects.toMatchObject({ code: 9600 });
  expect(refused).toEqual(['no', '', password]);
});

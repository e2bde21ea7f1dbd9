import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { CredentialId } from '../../domain/entities.ts';
import { watchRevocations } from './watch-revocations.ts';

const accountId = newId('account', 1);
const [kept, gone] = [newId('credential', 1), newId('credential', 2)];
const settle = () => new Promise((resolve) => setImmediate(resolve));

type Deps = Parameters<typeof watchRevocations>[0];

function start() {
  const clock = fakeClock();
  const closed: CredentialId[] = [];
  const cut: CredentialId[] = [];
  const state = { isBroken: false, revoked: new Set<CredentialId>() };
  const stop = watchRevocations({
    clock,
    store: {
      findCredential: async ({ id }: { id: CredentialId }) => {
        if (state.isBroken) throw new Error('disk');
        return state.revoked.has(id) ? undefined : {};
      },
    } as unknown as Deps['store'],
    agents: {
      credentials: () =>
        [kept, gone].filter((id) => !closed.includes(id)).map((credentialId) => ({ accountId, credentialId })),
      closeByCredential: (id: CredentialId) => closed.push(id),
    },
    grants: { cutByCredential: (_account: string, id: CredentialId) => cut.push(id) },
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { clock, closed, cut, state, stop, pass };
}

test('a credential that another server revoked loses its sessions and streams within a second', async () => {
  const { closed, cut, state, pass } = start();
  await pass(1_000);
  expect(closed).toEqual([]);
  state.revoked.add(gone);
  await pass(1_000);
  expect([closed, cut]).toEqual([[gone], [gone]]);
});

test('a store that cannot be read is asked again', async () => {
  const { closed, state, pass } = start();
  state.revoked.add(gone);
  state.isBroken = true;
  await pass(1_000);
  state.isBroken = false;
  await pass(1_000);
  expect(closed).toEqual([gone]);
});

test('once stopped it asks no more', async () => {
  const { clock, closed, state, stop, pass } = start();
  state.revoked.add(gone);
  stop();
  await pass(10_000);
  expect([closed, clock.pendingTimers]).toEqual([[], 0]);
});

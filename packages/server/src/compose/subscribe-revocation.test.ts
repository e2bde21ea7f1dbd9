import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { createBus } from '../bus/create-bus.ts';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { CredentialId } from '../domain/entities.ts';
import type { LostCredential } from '../domain/store.ts';
import { subscribeRevocation } from './subscribe-revocation.ts';

const accountId = newId('account', 1);
const [kept, gone] = [newId('credential', 1), newId('credential', 2)];
const revoked = { type: 'credential-revoked', accountId, credentialId: gone } as const;
const settle = () => new Promise((resolve) => setImmediate(resolve));

type Deps = Parameters<typeof subscribeRevocation>[1];

function start() {
  const clock = fakeClock();
  const log = { info: () => {}, error: () => {} } as unknown as Deps['log'];
  const bus = createBus(log);
  const live = new Set<CredentialId>([kept, gone]);
  const cut: string[] = [];
  const renewed: CredentialId[] = [];
  const paused: CredentialId[] = [];
  const state = { isBroken: false, reasons: new Map<CredentialId, LostCredential['reason']>([[gone, 'revoked']]) };
  const stop = subscribeRevocation(bus, {
    clock,
    log,
    store: {
      async findLost(credentials) {
        if (state.isBroken) throw new Error('away');
        return credentials.flatMap((one) => {
          const reason = state.reasons.get(one.credentialId);
          return reason ? [{ ...one, reason }] : [];
        });
      },
    },
    agents: {
      credentials: () => [...live].map((credentialId) => ({ accountId, credentialId, acl: [], isWriters: true })),
      closeByCredential: (id: CredentialId) => Number(live.delete(id)),
      closeByAccount() {
        const { size } = live;
        live.clear();
        return size;
      },
      pauseByCredential(id) {
        paused.push(id);
        return Number(live.delete(id));
      },
      renewByCredential: (id) => {
        renewed.push(id);
        return 1;
      },
    },
    grants: {
      cutByCredential: (account: string, id: CredentialId) => cut.push(`${account} ${id}`),
      cutByAccount: (account: string) => cut.push(account),
    },
  });
  return { bus, clock, live, cut, renewed, paused, state, stop };
}

test('a revoked credential has lost its sessions and streams when publish() returns', () => {
  const { bus, live, cut } = start();
  bus.publish(revoked);
  expect([[...live], cut]).toEqual([[kept], [`${accountId} ${gone}`]]);
});

test.each([999, 29_999])('an agent that logs in %i ms late with what was revoked is closed as well', async (lateMs) => {
  const { bus, clock, live } = start();
  bus.publish(revoked);
  clock.advance(lateMs);
  live.add(gone);
  clock.advance(1);
  await settle();
  expect([...live]).toEqual([kept]);
});

test.each([999, 29_999])(
  'an agent that logs in %i ms late with an ACL that was changed binds again',
  async (lateMs) => {
    const { bus, clock, live, renewed, state } = start();
    state.reasons = new Map([[gone, 'changed']]);
    live.delete(gone);
    bus.publish({ ...revoked, type: 'credential-changed' });
    clock.advance(lateMs);
    live.add(gone);
    await settle();
    renewed.length = 0;
    clock.advance(1);
    await settle();
    expect(renewed).toEqual([gone]);
  },
);

test('an account that is suspended and resumed keeps the agents that come back', async () => {
  const { bus, clock, live, state } = start();
  state.reasons = new Map();
  bus.publish({ type: 'account-suspended', accountId });
  live.add(kept);
  clock.advance(60_000);
  await settle();
  expect([[...live], clock.pendingTimers]).toEqual([[kept], 0]);
});

test('whoever has a credential changed again and again makes nobody wait for more', async () => {
  const { bus, clock, state } = start();
  state.reasons = new Map();
  for (let time = 0; time < 100; time++) bus.publish({ ...revoked, type: 'credential-changed' });
  expect(clock.pendingTimers).toBe(2);
});

test('only what it is about is looked up late', async () => {
  const { bus, clock, cut, state } = start();
  state.reasons = new Map([[kept, 'suspended']]);
  bus.publish(revoked);
  clock.advance(60_000);
  await settle();
  expect(cut).toEqual([`${accountId} ${gone}`]);
});

test('after missed notices every live credential is looked up, and again until the store answers', async () => {
  const { bus, clock, live, cut, state } = start();
  state.isBroken = true;
  bus.publish({ type: 'missed' });
  await settle();
  expect(live.size).toBe(2);
  state.isBroken = false;
  clock.advance(1_000);
  await settle();
  expect([[...live], cut[0]]).toEqual([[kept], `${accountId} ${gone}`]);
  clock.advance(60_000);
  await settle();
  expect(clock.pendingTimers).toBe(0);
});

test('once stopped it neither listens nor waits', () => {
  const { bus, clock, live, stop } = start();
  bus.publish(revoked);
  stop();
  live.add(gone);
  bus.publish(revoked);
  expect([live.size, clock.pendingTimers]).toEqual([2, 0]);
});

test('a credential with another ACL has its agents bind again, and nothing is cut', () => {
  const { bus, live, cut, renewed } = start();
  bus.publish({ ...revoked, type: 'credential-changed' });
  expect([[...live], cut, renewed]).toEqual([[kept, gone], [], [gone]]);
});

test('a credential whose owner is disabled loses its sessions and streams, but is not remembered as revoked', () => {
  const { bus, live, cut, paused } = start();
  bus.publish({ type: 'credential-disabled', accountId, credentialId: gone });
  expect([[...live], cut, paused]).toEqual([[kept], [`${accountId} ${gone}`], [gone]]);
});

test('a suspended account loses its sessions and its streams', () => {
  const { bus, live, cut } = start();
  bus.publish({ type: 'account-suspended', accountId });
  expect([[...live], cut]).toEqual([[], [accountId]]);
});

test('what missed notices would have told is done: once for each credential, once for an account', async () => {
  const { bus, clock, cut, renewed, state } = start();
  state.reasons = new Map([[kept, 'changed']]);
  bus.publish({ type: 'missed' });
  await settle();
  expect([renewed, cut]).toEqual([[kept], []]);
  state.reasons = new Map([
    [kept, 'suspended'],
    [gone, 'suspended'],
  ]);
  // It looks once more, for what was let in meanwhile.
  clock.advance(1_000);
  await settle();
  expect(cut).toEqual([accountId]);
});

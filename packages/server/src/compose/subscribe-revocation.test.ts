import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { createBus } from '../bus/create-bus.ts';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { CredentialId } from '../domain/entities.ts';
import { subscribeRevocation } from './subscribe-revocation.ts';

const accountId = newId('account', 1);
const [kept, gone] = [newId('credential', 1), newId('credential', 2)];
const revoked = { type: 'credential-revoked', accountId, credentialId: gone } as const;
const settle = () => new Promise((resolve) => setImmediate(resolve));

type Deps = Parameters<typeof subscribeRevocation>[1];

function start() {
  const clock = fakeClock();
  const log = { info: () => {}, error: () => expect.unreachable() } as unknown as Deps['log'];
  const bus = createBus(log);
  const live = new Set<CredentialId>([kept, gone]);
  const cut: string[] = [];
  const state = { isBroken: false };
  const stop = subscribeRevocation(bus, {
    clock,
    log,
    store: {
      findCredential: async ({ id }: { id: CredentialId }) => {
        if (state.isBroken) throw new Error('away');
        return id === kept ? {} : undefined;
      },
    } as unknown as Deps['store'],
    agents: {
      credentials: () => [...live].map((credentialId) => ({ accountId, credentialId })),
      closeByCredential: (id: CredentialId) => Number(live.delete(id)),
      renewByCredential: () => 0,
    },
    grants: {
      cutByCredential: (account: string, id: CredentialId) => cut.push(`${account} ${id}`),
    },
  });
  return { bus, clock, live, cut, state, stop };
}

test('a revoked credential has lost its sessions and streams when publish() returns', () => {
  const { bus, live, cut } = start();
  bus.publish(revoked);
  expect([[...live], cut]).toEqual([[kept], [`${accountId} ${gone}`]]);
});

test.each([999, 29_999])('an agent that logs in %i ms late with what was revoked is closed as well', (lateMs) => {
  const { bus, clock, live } = start();
  bus.publish(revoked);
  clock.advance(lateMs);
  live.add(gone);
  clock.advance(1);
  expect([...live]).toEqual([kept]);
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
  expect([[...live], cut]).toEqual([[kept], [`${accountId} ${gone}`]]);
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

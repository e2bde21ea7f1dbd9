import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { DocumentId } from '../domain/document.ts';
import type { Route } from '../domain/route.ts';
import { Backends } from './backends.ts';

const account = newId('account', 1);
const stranger = newId('account', 2);
const [a, b, c] = ['bkdsc_a', 'bkdsc_b', 'bkdsc_c'] as DocumentId[] as [DocumentId, DocumentId, DocumentId];
const top = 'bkdwd_top' as DocumentId;

/** Backends of an account of which those that are named are online. */
function openBackends(...online: DocumentId[]) {
  const routes = new Map(online.map((id) => [id as string, { bindId: id } as Route]));
  const labelled = [
    { labels: { app: 'shop', zone: 'a' }, route: { bindId: 'one' } as Route },
    { labels: { app: 'shop', zone: 'b' }, route: { bindId: 'other' } as Route },
  ];
  const backends = new Backends({
    findInternal: (accountId, { host }) => (accountId === account ? routes.get(host) : undefined),
    findLabelled: (accountId, _scheme, labels) =>
      labelled
        .filter(
          (one) =>
            accountId === account &&
            Object.entries(labels).every(([key, value]) => (one.labels as Record<string, string>)[key] === value),
        )
        .map(({ route }) => route),
  });
  const find = (id = top, accountId = account) => backends.find({ accountId, id, scheme: 'https' });
  const times = (count: number) =>
    Map.groupBy(
      Array.from({ length: count }, () => find()?.route.bindId),
      (id) => id,
    );
  return { backends, find, times };
}

test('a weighted backend gives each that is online its share, and the others nothing', () => {
  const { backends, times } = openBackends(a, b);
  backends.set(account, top, { kind: 'weightedBackend', weights: { [a]: 300, [b]: 100, [c]: 10_000 } });
  const counts = times(4_000);
  expect(new Set(counts.keys())).toEqual(new Set([a, b]));
  // By chance outside of this once in 10^20 runs.
  expect(counts.get(a)?.length).toBeGreaterThan(2_700);
  expect(counts.get(a)?.length).toBeLessThan(3_300);
});

test('a weight of 0 gets nobody', () => {
  const { backends, find, times } = openBackends(a, b);
  backends.set(account, top, { kind: 'weightedBackend', weights: { [a]: 0, [b]: 1 } });
  expect([...times(200).keys()]).toEqual([b]);
  backends.set(account, top, { kind: 'weightedBackend', weights: { [a]: 0 } });
  expect(find()).toBeUndefined();
});

test('a failover backend gives the first that is online', () => {
  const { backends, times, find } = openBackends(b, c);
  backends.set(account, top, { kind: 'failoverBackend', order: [a, b, c] });
  expect([...times(20).keys()]).toEqual([b]);
  // Who is at one of the others may stay there.
  expect(find()?.others.map(({ bindId }) => bindId)).toEqual([b, c]);
});

test('a tunnel group gives any of the tunnels that have its labels', () => {
  const { backends, times, find } = openBackends();
  backends.set(account, top, { kind: 'tunnelGroupBackend', labels: { app: 'shop' } });
  expect(new Set(times(200).keys())).toEqual(new Set(['one', 'other']));
  backends.set(account, top, { kind: 'tunnelGroupBackend', labels: { app: 'shop', zone: 'b' } });
  expect([...times(20).keys()]).toEqual(['other']);
  backends.set(account, top, { kind: 'tunnelGroupBackend', labels: { app: 'other' } });
  expect(find()).toBeUndefined();
});

test('backends of backends are found, and those that lead back to themselves are an end', () => {
  const { backends, find } = openBackends(a);
  const inner = 'bkdfo_inner' as DocumentId;
  backends.set(account, top, { kind: 'weightedBackend', weights: { [inner]: 1 } });
  backends.set(account, inner, { kind: 'failoverBackend', order: [top, a] });
  expect(find()?.route.bindId).toBe(a);
  backends.set(account, inner, { kind: 'failoverBackend', order: [top] });
  expect(find()).toBeUndefined();
});

test('however many lead to however many, a visitor costs no more than a few hundred of them', () => {
  let looked = 0;
  const backends = new Backends({
    findInternal: () => void (looked += 1),
    findLabelled: () => [],
  });
  const idOf = (level: number, i: number) => `bkdfo_${level}x${i}` as DocumentId;
  for (let level = 0; level < 4; level++) {
    for (let i = 0; i < 50; i++) {
      const order = Array.from({ length: 50 }, (_, next) => idOf(level + 1, next));
      backends.set(account, idOf(level, i), { kind: 'failoverBackend', order });
    }
  }
  expect(backends.find({ accountId: account, id: idOf(0, 0), scheme: 'https' })).toBeUndefined();
  expect(looked).toBeGreaterThan(0);
  expect(looked).toBeLessThan(1_000);
});

test('a backend is gone when it is deleted', () => {
  const { backends, find } = openBackends(a);
  backends.set(account, top, { kind: 'failoverBackend', order: [a] });
  backends.delete(account, top);
  expect(find()).toBeUndefined();
});

test('[invariant: tenancy-in-every-key] a backend of one account is nothing to another', () => {
  const { backends, find } = openBackends(a);
  backends.set(account, top, { kind: 'failoverBackend', order: [a] });
  expect(find(top, stranger)).toBeUndefined();
  backends.delete(stranger, top);
  backends.set(stranger, top, { kind: 'failoverBackend', order: [b] });
  expect(find()?.route.bindId).toBe(a);
});

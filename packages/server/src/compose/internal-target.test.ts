import { expect, test } from 'vitest';
import { chain, internalAt, link, openDirectory, ours, theirs } from '../directory/test-directory.testkit.ts';
import type { DocumentId } from '../domain/document.ts';
import { Backends } from '../legacy-edges/backends.ts';
import { type AskedTarget, awaitedTarget } from './internal-target.ts';

const labels = { app: 'shop' };
const group = `bkdtg_${'a'.repeat(27)}` as DocumentId;

/** Agents are expected; the account has a backend of labelled tunnels. */
function open() {
  const { directory, clock, request } = openDirectory();
  const backends = new Backends({
    findLabelled: (...asked) => directory.findLabelled(...asked),
    findInternal: (...asked) => directory.findInternal(...asked),
  });
  backends.set(ours, group, { kind: 'tunnelGroupBackend', labels });
  directory.expectArrivals(1_000);
  const wait = (asked: Partial<AskedTarget> = {}) =>
    awaitedTarget({ directory, backends }, { accountId: ours, url: 'https://db.internal', from: 'https', ...asked });
  const publishLabelled = (accountId = ours, has: Record<string, string> = labels) => {
    const { address: _, tls: __, isPooled: ___, proxyProtocol: ____, hostHeader: _____, ...facts } = request();
    return directory.publishLabelled({ ...facts, accountId, chain, link, labels: has });
  };
  return { directory, clock, request, wait, publishLabelled };
}

/** What it has resolved with so far. */
function watch<T>(promise: Promise<T> | undefined): { value: T | 'pending' } {
  const watched: { value: T | 'pending' } = { value: 'pending' };
  void promise?.then((value) => (watched.value = value));
  return watched;
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('an internal endpoint is awaited until an agent of the account brings it', async () => {
  const { directory, request, wait } = open();
  const [awaited, other] = [watch(wait()), watch(wait({ url: 'https://other.internal' }))];
  directory.publish(request({ address: internalAt(), accountId: theirs }));
  await settle();
  expect(awaited.value).toBe('pending');
  const { route } = directory.publish(request({ address: internalAt() }));
  await settle();
  expect(awaited.value).toEqual({ url: 'https://db.internal', route });
  expect(other.value).toBe('pending');
});

test('a backend of an edge is awaited until a tunnel comes that it leads to', async () => {
  const { wait, publishLabelled } = open();
  const awaited = watch(wait({ url: `https://${group}` }));
  publishLabelled(theirs);
  publishLabelled(ours, { app: 'other' });
  await settle();
  expect(awaited.value).toBe('pending');
  publishLabelled();
  await settle();
  expect(awaited.value).toMatchObject({ url: `https://${group}`, route: { endpoint: { part: { labels } } } });
});

test('nobody comes: the time in which agents are expected is over', async () => {
  const { clock, wait } = open();
  const awaited = watch(wait());
  clock.advance(1_000);
  await settle();
  expect(awaited.value).toBeUndefined();
  expect(wait()).toBeUndefined();
});

test.each(['https://app.localhost', 'tcp://db.internal:1', 'nothing', 'https://a b.internal'])(
  'nobody is awaited at %j, where nothing internal could come for the visitor',
  (url) => {
    expect(open().wait({ url })).toBeUndefined();
  },
);

import { newId } from '@adit/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../bus/create-bus.ts';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { Reservations } from '../directory/reservations.ts';
import type { Document, DocumentKey } from '../domain/document.ts';
import { followReservations } from './follow-reservations.ts';

const accountId = newId('account', 1);

function domain(host: string, proof: { token: string; foundAtMs: number | null } | null = null): Document {
  return {
    ...{ accountId, kind: 'reservedDomain', id: newId('reservedDomain', 1), parentId: null },
    ...{
      description: '',
      metadata: '',
      createdAtMs: 1,
      updatedAtMs: 1,
      revision: 1,
      body: { host, certificateId: null, proof },
    },
  };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function follow(documents: Document[]) {
  const clock = fakeClock();
  const bus = createBus({ error: () => expect.unreachable() });
  const logged: unknown[] = [];
  const log = (fields: unknown) => void logged.push(fields);
  const reservations = new Reservations();
  const store = {
    failure: undefined as Error | undefined,
    async findDocument({ id }: DocumentKey) {
      if (store.failure) throw store.failure;
      return documents.find((one) => one.id === id);
    },
    async listDocumentsOfAll({ kind, limit, afterId = '' }: { kind: string; limit: number; afterId?: string }) {
      const found = documents.filter((one) => one.kind === kind && one.id > afterId);
      return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
  };
  const logs = { isLevelEnabled: () => true, debug: log, info: log, warn: log, error: log };
  const stop = await followReservations(reservations, { store, bus, clock, log: logs });
  onTestFinished(stop);
  const change = (document: Document) => bus.publish({ ...document, type: 'document-changed' });
  return { reservations, store, bus, clock, change, stop, logged, has: (host: string) => !!reservations.ownerOf(host) };
}

test('all there are are known at the start, in however many pages', async () => {
  const many = Array.from({ length: 2500 }, (_, index) => domain(`n${index}.localhost`));
  const { has } = await follow(many);
  expect(many.filter(({ body }) => !has((body as { host: string }).host))).toEqual([]);
});

test('however many there are, others have their turn meanwhile', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  await follow(Array.from({ length: 2500 }, (_, index) => domain(`n${index}.localhost`)));
  clearImmediate(immediate);
  expect(turns).toBeGreaterThanOrEqual(2);
});

test('names that are not proved are nobody’s; ports are reserved, too', async () => {
  const port: Document = {
    ...domain(''),
    kind: 'reservedAddress',
    id: newId('reservedAddress', 1),
    body: { port: 20_001 },
  };
  const unproved = domain('a.example', { token: 't', foundAtMs: null });
  const { has, reservations } = await follow([unproved, domain('b.example', { token: 't', foundAtMs: 1 }), port]);
  expect([has('a.example'), has('b.example'), reservations.ownerOfPort(20_001)]).toEqual([false, true, accountId]);
});

test('what is made, changed and deleted later is known from its notice', async () => {
  const documents: Document[] = [];
  const { has, change } = await follow(documents);
  const made = domain('a.example', { token: 't', foundAtMs: null });
  documents.push(made);
  change(made);
  await settle();
  expect(has('a.example')).toBe(false);
  documents[0] = { ...made, body: { host: 'a.example', proof: { token: 't', foundAtMs: 1 } } };
  change(made);
  await settle();
  expect(has('a.example')).toBe(true);
  documents.length = 0;
  change(made);
  await settle();
  expect(has('a.example')).toBe(false);
});

test('when notices may have been missed everything is read again', async () => {
  const documents = [domain('a.localhost'), domain('b.localhost')];
  const { has, bus, store } = await follow(documents);
  documents.shift();
  documents.push(domain('c.localhost'));
  bus.publish({ type: 'missed' });
  await settle();
  expect(['a', 'b', 'c'].map((name) => has(`${name}.localhost`))).toEqual([false, true, true]);
  store.listDocumentsOfAll = async () => [];
  bus.publish({ type: 'missed' });
  await settle();
  expect(has('b.localhost')).toBe(false);
});

test('a name that was reserved anew while notices were missed is the new account’s', async () => {
  const documents = [domain('a.localhost')];
  const { reservations, bus } = await follow(documents);
  const theirs = newId('account', 2);
  documents[0] = { ...domain('a.localhost'), accountId: theirs };
  bus.publish({ type: 'missed' });
  await settle();
  expect(reservations.ownerOf('a.localhost')).toBe(theirs);
});

test('a look-up that answers late does not undo what was found after it was asked', async () => {
  const documents = [domain('a.localhost')];
  const [made] = documents as [Document];
  const { has, change, store } = await follow([]);
  const answers: (() => void)[] = [];
  store.findDocument = async () => {
    const [found] = documents;
    await new Promise<void>((resolve) => answers.push(resolve));
    return found;
  };
  change(made);
  documents.length = 0;
  change(made);
  for (await settle(); answers.length > 0; await settle()) answers.pop()?.();
  expect(has('a.localhost')).toBe(false);
});

test('a store that does not answer is asked again, until it does', async () => {
  const documents = [domain('a.localhost')];
  const [made] = documents as [Document];
  const { has, change, store, clock, logged } = await follow([]);
  store.failure = new Error('gone');
  change(made);
  await settle();
  expect(logged).toHaveLength(1);
  store.failure = undefined;
  store.findDocument = async () => made;
  clock.advance(1000);
  await settle();
  expect(has('a.localhost')).toBe(true);
});

test('whoever has stopped is told nothing more', async () => {
  const made = domain('a.localhost');
  const { has, change, stop, store } = await follow([]);
  store.findDocument = async () => made;
  stop();
  change(made);
  await settle();
  expect(has('a.localhost')).toBe(false);
});

import { newId } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Reservation, Reservations } from './reservations.ts';

const [ours, theirs] = [newId('account', 1), newId('account', 1)];
const who = (owner: unknown) => (owner === ours ? 'ours' : owner === theirs ? 'theirs' : 'free');

function reservationsOf(hosts: Record<string, typeof ours>): Reservations {
  const reservations = new Reservations();
  for (const [host, accountId] of Object.entries(hosts)) reservations.set({ id: host, accountId, host });
  return reservations;
}

test.each([
  ['app.example.com', 'ours'],
  ['*.app.example.com', 'ours'],
  ['x.app.example.com', 'ours'],
  ['y.x.app.example.com', 'ours'],
  ['*.x.app.example.com', 'ours'],
  ['wild.example.com', 'free'],
  ['a.wild.example.com', 'theirs'],
  ['*.wild.example.com', 'theirs'],
  ['b.a.wild.example.com', 'theirs'],
  ['example.com', 'free'],
  ['*.example.com', 'free'],
  ['myapp.example.com', 'free'],
])('%s is %s', (host, expected) => {
  const reservations = reservationsOf({ 'app.example.com': ours, '*.wild.example.com': theirs });
  expect(who(reservations.ownerOf(host))).toBe(expected);
});

test.each([
  ['example.com', true],
  ['*.example.com', true],
  ['com', true],
  ['wild.example.com', true],
  ['*.wild.example.com', true],
  ['app.example.com', false],
  ['ample.com', false],
])('below %s others have names: %s', (host, expected) => {
  const reservations = reservationsOf({ 'app.example.com': ours, '*.wild.example.com': theirs });
  expect(reservations.hasOthersBelow(host, ours)).toBe(expected);
});

test('ports have owners, and what is deleted or replaced is free', () => {
  const reservations = new Reservations();
  reservations.set({ id: 'a', accountId: ours, port: 20_000 });
  expect(reservations.ownerOfPort(20_000)).toBe(ours);
  reservations.set({ id: 'a', accountId: theirs, host: 'a.example.com' });
  expect([reservations.ownerOfPort(20_000), reservations.ownerOf('a.example.com')]).toEqual([undefined, theirs]);
  reservations.delete('a');
  reservations.delete('a');
  expect(reservations.ownerOf('a.example.com')).toBeUndefined();
  expect(reservations.hasOthersBelow('example.com', ours)).toBe(false);
});

test('an older reservation that goes last leaves the newer one of its name or port', () => {
  const reservations = new Reservations();
  for (const [id, accountId] of [
    ['old', theirs],
    ['new', ours],
  ] as const) {
    reservations.set({ id: `host ${id}`, accountId, host: 'a.example.com' });
    reservations.set({ id: `port ${id}`, accountId, port: 20_000 });
  }
  for (const id of ['host old', 'port old']) reservations.delete(id);
  expect([reservations.ownerOf('a.example.com'), reservations.ownerOfPort(20_000)]).toEqual([ours, ours]);
  expect(reservations.hasOthersBelow('example.com', ours)).toBe(false);
});

test('replaceAll() leaves what setting and deleting one by one would, and tells what came and went', () => {
  const id = fc.constantFrom('1', '2', '3', '4');
  const certificateId = fc.constantFrom(undefined, 'c1', 'c2');
  const hosts = fc.constantFrom('a.x', '*.a.x', 'b.a.x', 'x.y');
  const named = fc.record({ id, certificateId, host: hosts, accountId: fc.constantFrom(ours, theirs) });
  const numbered = fc.record({ id, port: fc.constantFrom(1, 2), accountId: fc.constantFrom(ours, theirs) });
  const one: fc.Arbitrary<Reservation> = fc.oneof(named, numbered);
  const selector = (reservation: Reservation) => reservation.host ?? reservation.port;
  const all = fc
    .uniqueArray(one, { selector })
    .map((list) => [...new Map(list.map((each) => [each.id, each])).values()]);
  fc.assert(
    fc.property(all, all, hosts, (before, after, asked) => {
      const [worked, fresh] = [new Reservations(), new Reservations()];
      worked.replaceAll(before);
      const told: Reservation[] = [];
      worked.watch((changed) => told.push(...changed));
      worked.replaceAll(after);
      for (const each of after) fresh.set(each);
      const answers = (of: Reservations) => [
        ...[of.ownerOf(asked), of.certificateOf(asked), of.hasOthersBelow('x', ours)],
        ...[of.ownerOfPort(1), of.ownerOfPort(2)],
      ];
      expect(answers(worked)).toEqual(answers(fresh));
      const rights = (list: Reservation[]) =>
        new Set(list.map(({ id: name, accountId, host, port }) => `${name} ${accountId} ${host} ${port}`));
      expect(rights(told)).toEqual(rights(before).symmetricDifference(rights(after)));
    }),
  );
});

test('what was set and deleted leaves what the rest alone would be', () => {
  const host = fc.constantFrom('a.x', '*.a.x', 'b.a.x', '*.b.a.x', 'c.b.a.x', 'x.y');
  const entry = fc.record({ id: fc.constantFrom('1', '2', '3', '4'), host, accountId: fc.constantFrom(ours, theirs) });
  fc.assert(
    fc.property(fc.array(entry), fc.subarray(['1', '2', '3', '4']), host, (entries, deleted, asked) => {
      // No two ids have one host: the store sees to that.
      const kept = new Map(entries.map((one) => [one.id, one]));
      fc.pre(new Set([...kept.values()].map((one) => one.host)).size === kept.size);
      const [worked, fresh] = [new Reservations(), new Reservations()];
      const isUnique = (one: (typeof entries)[number]) => kept.get(one.id)?.host === one.host;
      for (const one of entries) if (isUnique(one)) worked.set(one);
      for (const id of deleted) worked.delete(id);
      for (const one of kept.values()) if (!deleted.includes(one.id)) fresh.set(one);
      expect(who(worked.ownerOf(asked))).toBe(who(fresh.ownerOf(asked)));
      expect(worked.hasOthersBelow(asked, ours)).toBe(fresh.hasOthersBelow(asked, ours));
    }),
  );
});

test('a certificate is that of the name itself, or of the nearest wildcard above that has one', () => {
  const reservations = new Reservations();
  const set = (host: string, certificateId?: string) =>
    reservations.set({ id: host, accountId: ours, host, certificateId });
  set('a.example', 'cert_a');
  set('*.a.example', 'cert_wild');
  set('b.a.example');
  set('c.a.example', 'cert_c');
  const of = (host: string) => reservations.certificateOf(host)?.certificateId;
  expect(['a.example', 'b.a.example', 'c.a.example', 'x.c.a.example', 'example'].map(of)).toEqual([
    ...['cert_a', 'cert_wild', 'cert_c', 'cert_wild', undefined],
  ]);
});

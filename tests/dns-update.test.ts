// DNS records for certificates by RFC 2136, at a real authoritative server.
import { readFile } from 'node:fs/promises';
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import type { DnsSolverLimits } from '../packages/server/src/acme/dns/dns-solver-limits.ts';
import { parseTsigKey, type TsigKey } from '../packages/server/src/acme/dns/tsig-key.ts';
import { UpdateSolver } from '../packages/server/src/acme/dns/update-solver.ts';
import { systemClock } from '../packages/server/src/clock/system-clock.ts';
import { createPublicDns } from '../packages/server/src/dns/create-public-dns.ts';
import { startNameServer } from '../packages/server/src/dns/name-server.testkit.ts';
import { createTxtResolver } from '../packages/server/src/dns/txt-resolver.ts';
import type { PublicDns } from '../packages/server/src/domain/public-dns.ts';
import { type Knot, startKnot } from './support/knot.ts';
import { requires } from './support/requires.ts';

const name = '_acme-challenge.example.com';
const zones = { 'example.com': [] };

interface SolverOptions {
  readonly clock?: typeof systemClock;
  readonly changeKey?: (key: TsigKey) => TsigKey;
  readonly dns?: Partial<PublicDns>;
  readonly limits?: Partial<DnsSolverLimits>;
}

/** No other part of the DNS is asked than what the test gives. */
const noDns: PublicDns = {
  textsAt: (server) => createTxtResolver(server),
  addressesOf: () => Promise.resolve([]),
  aliasOf: () => Promise.resolve(undefined),
};

async function solverFor(knot: Knot, options: SolverOptions = {}): Promise<UpdateSolver> {
  const { clock = systemClock, changeKey = (key) => key, dns, limits } = options;
  const key = changeKey(parseTsigKey(await readFile(knot.keyFile, 'utf8'), knot.keyFile));
  return new UpdateSolver({ address: knot, key, clock, dns: { ...noDns, ...dns }, limits: { pollMs: 20, ...limits } });
}

async function start(context: TestContext, options: Partial<Parameters<typeof startKnot>[0]> = {}): Promise<Knot> {
  requires(context, ['knotd', 'keymgr']);
  return startKnot({ zones, ...options });
}

it.for(['hmac-sha256', 'hmac-sha384', 'hmac-sha512'])(
  'two records of one name stand side by side, and each goes alone (%s)',
  async (algorithm, context) => {
    const knot = await start(context, { algorithm });
    const solver = await solverFor(knot);
    const [first, second] = [
      { name, value: 'a'.repeat(43) },
      { name, value: 'B'.repeat(43) },
    ];
    await Promise.all([solver.present(first), solver.present(second)]);
    expect(await knot.texts(name)).toEqual([second.value, first.value]);
    await solver.present(first);
    expect(await knot.texts(name)).toEqual([second.value, first.value]);
    await solver.remove(first);
    expect(await knot.texts(name)).toEqual([second.value]);
    await solver.remove(second);
    await solver.remove(second);
    expect(await knot.texts(name)).toEqual([]);
  },
);

it('a key that may change one name, relative to its zone, suffices', async (context) => {
  const knot = await start(context, { updateOwner: '_acme-challenge' });
  await (await solverFor(knot)).present({ name, value: 'v' });
  expect(await knot.texts(name)).toEqual(['v']);
});

it('a text longer than one part of a record is one text', async (context) => {
  const knot = await start(context);
  const value = 'x'.repeat(700);
  await (await solverFor(knot)).present({ name, value });
  expect(await knot.texts(name)).toEqual([value]);
});

it('the longest zone that has the name is changed', async (context) => {
  const knot = await start(context, { zones: { 'example.com': ['deep NS ns'], 'deep.example.com': [] } });
  const below = '_acme-challenge.a.deep.example.com';
  await (await solverFor(knot)).present({ name: below, value: 'v' });
  expect(await knot.texts(below)).toEqual(['v']);
});

it('a name that is an alias of one in another zone of the server is changed there', async (context) => {
  const knot = await start(context, {
    zones: { 'example.com': ['_acme-challenge CNAME example-com.proofs.test.'], 'proofs.test': [] },
  });
  const solver = await solverFor(knot);
  await solver.present({ name, value: 'v' });
  expect(await knot.texts('example-com.proofs.test')).toEqual(['v']);
  await solver.remove({ name, value: 'v' });
  expect(await knot.texts('example-com.proofs.test')).toEqual([]);
});

it('a name whose zone is elsewhere is followed to where its alias leads', async (context) => {
  const knot = await start(context, { zones: { 'proofs.test': [] } });
  const aliasOf = (asked: string) => Promise.resolve(asked === name ? 'elsewhere.proofs.test' : undefined);
  await (await solverFor(knot, { dns: { aliasOf } })).present({ name, value: 'v' });
  expect(await knot.texts('elsewhere.proofs.test')).toEqual(['v']);
});

it('aliases that go round are given up', async (context) => {
  const knot = await start(context, { zones: { 'proofs.test': [] } });
  const aliasOf = (asked: string) => Promise.resolve(asked === 'a.test' ? 'b.test' : 'a.test');
  await expect((await solverFor(knot, { dns: { aliasOf } })).present({ name, value: 'v' })).rejects.toMatchObject({
    code: 9270,
    message: `Cannot find the zone of "${name}": more than 8 aliases follow each other`,
  });
});

const withSecret = (key: TsigKey): TsigKey => ({ ...key, secret: Buffer.alloc(32, 1) });
const withName = (key: TsigKey): TsigKey => ({ ...key, name: 'other' });
const late = { ...systemClock, timeOfDay: () => systemClock.timeOfDay() - 3_600_000 };

it.for<[string, Partial<Parameters<typeof startKnot>[0]>, SolverOptions, RegExp]>([
  ['a zone it has not', { zones: { 'other.test': [] } }, {}, /it has no zone of that name/],
  ['a key it does not know', {}, { changeKey: withName }, /does not know the key.*BADKEY/],
  ['another secret', {}, { changeKey: withSecret }, /BADSIG/],
  ['another time', {}, { clock: late }, /the clocks differ by (359\d|3600) s \(BADTIME\)/],
  ['a name the key may not change', { updateOwner: 'only' }, {}, /does not let it do this \(BADKEY\)/],
])('the server refuses %s, and it is said', async ([, knotOptions, options, expected], context) => {
  const knot = await start(context, knotOptions);
  const solver = await solverFor(knot, options);
  const error: unknown = await solver.present({ name, value: 'v' }).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 9270 });
  expect((error as Error).message).toMatch(expected);
  expect(await knot.texts(name)).toEqual([]);
});

it('what a name is in the DNS is asked of the resolver that was named', async (context) => {
  const knot = await start(context, {
    zones: { 'example.com': ['a CNAME B.example.com.', 'b A 192.0.2.1', 'b AAAA ::1'] },
  });
  const dns = createPublicDns(knot.address);
  expect([await dns.aliasOf('a.example.com'), await dns.aliasOf('b.example.com')]).toEqual([
    'b.example.com',
    undefined,
  ]);
  expect(await dns.addressesOf('b.example.com')).toEqual(['192.0.2.1', '::1']);
  expect(await dns.addressesOf('nowhere.example.com')).toEqual([]);
  const solver = await solverFor(knot, { dns });
  await solver.present({ name, value: 'v' });
  expect(await dns.textsAt(knot.address)(name)).toEqual(['v']);
});

it('it waits for the name servers of the zone that answer, and for no others', async (context) => {
  const knot = await start(context);
  const secondary = await startNameServer();
  onTestFinished(() => secondary.close());
  secondary.records.set(name, []);
  const addressesOf = (host: string) => Promise.resolve(host === 'ns.example.com' ? ['127.0.0.2', '127.0.0.3'] : []);
  const silent = 'nobody is there';
  const textsAt: PublicDns['textsAt'] = (server) =>
    server === '127.0.0.2' ? createTxtResolver(secondary.address) : () => Promise.reject(new Error(silent));
  const late = await solverFor(knot, { dns: { addressesOf, textsAt }, limits: { visibleMs: 100 } });
  await expect(late.present({ name, value: 'v' })).rejects.toMatchObject({
    code: 9272,
    message: `Cannot publish the TXT record "${name}": after 0.1 s the name server "127.0.0.2" does not have it yet`,
  });
  const presented = (await solverFor(knot, { dns: { addressesOf, textsAt } })).present({ name, value: 'v' });
  secondary.records.set(name, [['v']]);
  await presented;
});

import { AditError, type Id } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointAddress } from '../domain/address.ts';
import type { Route } from '../domain/route.ts';
import type { Publication } from './publication.ts';
import { at, type DirectoryWorld, internalAt, openDirectory, ours, tcpAt, theirs } from './test-directory.testkit.ts';

/**
 * Any sequence of what two accounts can do, against the plainest account of it: a list of who has which address, searched
 * from end to end.
 */

const holdMs = 1_000;
const hosts = ['a.localhost', 'x.a.localhost', '*.a.localhost', '*.x.a.localhost'];
const schemes = ['http', 'https', 'tls'] as const;
const addresses: readonly EndpointAddress[] = [
  ...hosts.flatMap((host) => schemes.map((scheme) => at({ host, scheme }))),
  tcpAt(20_000),
  internalAt(),
  internalAt({ host: '*.internal' }),
];
/** What visitors ask for: names without wildcards, some of which nobody can have. */
const asked = [
  ...hosts.filter((host) => !host.startsWith('*')),
  'y.x.a.localhost',
  'z.y.x.a.localhost',
  'a.localhost.x',
  'localhost',
];

type Step =
  | {
      readonly do: 'publish';
      readonly account: Id<'account'>;
      readonly address: EndpointAddress;
      readonly isPooled: boolean;
    }
  | { readonly do: 'hold' | 'withdraw' | 'update'; readonly which: number }
  /** All public addresses, as another server may have let an account do; null: nobody's any more. */
  | { readonly do: 'reserve'; readonly account: Id<'account'> | null }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      account: fc.constantFrom(ours, theirs),
      address: fc.constantFrom(...addresses),
      isPooled: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('hold' as const, 'withdraw' as const, 'update' as const),
      which: fc.nat(40),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reserve' as const), account: fc.constantFrom(ours, theirs, null) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, holdMs / 2, holdMs) }) },
);

/** An address that an account has, with everybody who is online under it. */
interface Entry {
  readonly account: Id<'account'>;
  readonly address: EndpointAddress;
  members: { readonly publication: Publication; readonly isPooled: boolean }[];
  heldUntilMs: number;
}

class Model {
  entries: Entry[] = [];
  /** Whose all public addresses of the test are. */
  reservedBy: Id<'account'> | null = null;
  nowMs = 0;

  /** 320, 334, or the entry that the account has now. */
  publish(account: Id<'account'>, address: EndpointAddress, isPooled: boolean): Entry | 320 | 334 {
    const isForeign = this.reservedBy !== null && this.reservedBy !== account;
    if (address.binding === 'public' && isForeign) return 320;
    const others = this.entries.filter((entry) => entry.account !== account);
    if (address.binding === 'public' && others.some((entry) => isRelated(entry.address, address))) return 320;
    const same = this.entries.find((entry) => entry.account === account && collide(entry.address, address));
    if (same && same.members.length > 0) {
      const fits = same.address.scheme === address.scheme && isPooled && same.members.every((one) => one.isPooled);
      return fits ? same : 334;
    }
    const entry = { account, address, members: [], heldUntilMs: 0 };
    this.entries = [...this.entries.filter((one) => one !== same), entry];
    return entry;
  }

  leave(publication: Publication, holds: boolean): void {
    const entry = this.entries.find((one) => one.members.some((member) => member.publication === publication));
    if (!entry) return;
    entry.members = entry.members.filter((member) => member.publication !== publication);
    if (entry.members.length > 0) return;
    entry.heldUntilMs = holds ? this.nowMs + holdMs : 0;
    this.wait(0);
  }

  wait(ms: number): void {
    this.nowMs += ms;
    this.entries = this.entries.filter((entry) => entry.members.length > 0 || entry.heldUntilMs > this.nowMs);
  }

  get online(): Publication[] {
    return this.entries.flatMap((entry) => entry.members.map((member) => member.publication));
  }

  ofHost(host: string): Entry[] {
    const named = this.entries.filter(({ address }) => address.binding === 'public' && address.scheme !== 'tcp');
    return named.filter(({ address }) => address.host === host || isBelow(host, address.host));
  }

  /** The most specific one that is online decides. */
  served(scheme: 'http' | 'https' | 'tls', host: string): Entry | undefined {
    const ofHello = scheme !== 'http';
    const online = this.ofHost(host)
      .filter(({ address, members }) => members.length > 0 && (address.scheme !== 'http') === ofHello)
      .sort((a, b) => b.address.host.replace('*', '').length - a.address.host.replace('*', '').length);
    return online[0]?.address.scheme === scheme ? online[0] : undefined;
  }
}

function isBelow(host: string, wildcard: string): boolean {
  return wildcard.startsWith('*.') && host !== wildcard && host.endsWith(wildcard.slice(1));
}

/** Two public addresses that one account has to have both of. */
function isRelated(a: EndpointAddress, b: EndpointAddress): boolean {
  if (a.binding === 'internal') return false;
  if (a.scheme === 'tcp' || b.scheme === 'tcp') return a.scheme === b.scheme && a.port === b.port;
  return a.host === b.host || isBelow(a.host, b.host) || isBelow(b.host, a.host);
}

function collide(a: EndpointAddress, b: EndpointAddress): boolean {
  if (a.binding !== b.binding || a.port !== b.port || a.host !== b.host) return false;
  if (a.binding === 'internal' || a.scheme === 'tcp' || b.scheme === 'tcp') return a.scheme === b.scheme;
  return (a.scheme === 'http') === (b.scheme === 'http');
}

function run(one: Step, model: Model, world: DirectoryWorld, made: Publication[]): void {
  const { directory, clock, request, reservations } = world;
  if (one.do === 'wait') {
    clock.advance(one.ms);
    return model.wait(one.ms);
  }
  if (one.do === 'reserve') {
    model.reservedBy = one.account;
    for (const id of ['name', 'port']) reservations.delete(id);
    if (one.account === null) return;
    reservations.set({ id: 'name', accountId: one.account, host: 'a.localhost' });
    return reservations.set({ id: 'port', accountId: one.account, port: 20_000 });
  }
  if (one.do === 'publish') {
    const { account: accountId, address, isPooled } = one;
    const expected = model.publish(accountId, address, isPooled);
    const publication = publicationOrCode(() => directory.publish(request({ accountId, address, isPooled })));
    if (typeof expected === 'number' || typeof publication === 'number') return expect(publication).toBe(expected);
    expected.members.push({ publication, isPooled });
    made.push(publication);
    return;
  }
  const publication = made[one.which % made.length];
  if (one.do === 'update') publication?.update({ name: 'new' });
  else if (publication) {
    publication[one.do]();
    model.leave(publication, one.do === 'hold');
  }
}

function publicationOrCode(publish: () => Publication): Publication | number {
  try {
    return publish();
  } catch (error) {
    if (error instanceof AditError) return error.code;
    throw error;
  }
}

/** What is not as the model has it. A list, as an `expect` for each of the many questions would take seconds. */
function differences(model: Model, { directory }: DirectoryWorld, made: readonly Publication[]): string[] {
  const found: string[] = [];
  const note = (what: string, isRight: boolean): void => void (isRight || found.push(what));
  for (const host of asked) {
    const owners = new Set(model.ofHost(host).map(({ account }) => account));
    note(`one owner of ${host}`, owners.size <= 1);
    const isReserved = model.reservedBy !== null && (host === 'a.localhost' || isBelow(host, '*.a.localhost'));
    note(`known host ${host}`, directory.isKnownHost(host) === (owners.size === 1 || isReserved));
    for (const scheme of schemes) {
      note(`${scheme}://${host}`, serves(model.served(scheme, host), directory.find(scheme, host)));
    }
  }
  const ofPort = model.entries.find(({ address, members }) => address.port === 20_000 && members.length > 0);
  note('port', serves(ofPort, directory.findPort(20_000)));
  for (const account of [ours, theirs]) {
    const internal = directory.findInternal(account, internalAt())?.endpoint.accountId;
    note('internal', internal === undefined || internal === account);
    const live = model.online.filter(({ route }) => route.endpoint.accountId === account);
    const listed = directory.list(account);
    note('list', listed.length === live.length && live.every(({ route }) => listed.includes(route.endpoint)));
  }
  for (const one of made) note('online', directory.isOnline(one.route) === model.online.includes(one));
  return found;
}

function serves(entry: Entry | undefined, route: Route | undefined): boolean {
  return entry ? entry.members.some(({ publication }) => publication.route === route) : route === undefined;
}

test('[invariant: tenancy-in-every-key] no sequence of two accounts makes a name serve an account that does not have it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const world = openDirectory({ holdMs });
      const model = new Model();
      const made: Publication[] = [];
      for (const one of steps) {
        run(one, model, world, made);
        expect(differences(model, world, made)).toEqual([]);
      }
      // Whatever happened, nothing stays when everybody is gone.
      for (const publication of made) publication.withdraw();
      world.clock.advance(holdMs);
      world.reservations.replaceAll([]);
      expect(world.clock.pendingTimers).toBe(0);
      for (const host of asked) expect(world.directory.isKnownHost(host)).toBe(false);
    }),
  );
});

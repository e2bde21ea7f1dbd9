import { newId } from '@adit/contracts';
import { describe, expect, test } from 'vitest';
import type { EndpointAddress } from '../domain/address.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import { FakeChain } from '../domain/fake-chain.testkit.ts';
import { thrownCode } from '../domain/thrown-code.testkit.ts';
import { at, internalAt, link, openDirectory, ours, tcpAt, theirs } from './test-directory.testkit.ts';

describe('a wildcard', () => {
  const wild = (host: string, scheme: EndpointScheme = 'https'): EndpointAddress => at({ host, scheme });

  test('serves all names below it, at any depth, and not the name itself', () => {
    const { directory, request } = openDirectory();
    const { route } = directory.publish(request({ address: wild('*.app.localhost') }));
    for (const host of ['a.app.localhost', 'a.b.c.app.localhost']) {
      expect(directory.find('https', host)).toBe(route);
      expect(directory.isKnownHost(host)).toBe(true);
    }
    for (const host of ['app.localhost', 'xapp.localhost', 'localhost', '.app.localhost.', '']) {
      expect(directory.find('https', host)).toBeUndefined();
      expect(directory.isKnownHost(host)).toBe(false);
    }
    expect(directory.find('http', 'a.app.localhost')).toBeUndefined();
  });

  test('gives way to what is more specific, as long as that is online', () => {
    const { directory, request } = openDirectory();
    const publish = (host: string) => directory.publish(request({ address: wild(host) }));
    const [wide, narrow, exact] = ['*.app.localhost', '*.b.app.localhost', 'a.b.app.localhost'].map(publish);
    const found = () => directory.find('https', 'a.b.app.localhost');
    expect(found()).toBe(exact?.route);
    exact?.hold();
    expect(found()).toBe(narrow?.route);
    narrow?.hold();
    expect(found()).toBe(wide?.route);
    wide?.hold();
    expect(found()).toBeUndefined();
  });

  test('gives way to what is more specific and of the other scheme that a ClientHello can mean', () => {
    const { directory, request } = openDirectory();
    directory.publish(request({ address: wild('*.app.localhost') }));
    directory.publish(request({ address: wild('a.app.localhost', 'tls') }));
    directory.publish(request({ address: wild('*.b.app.localhost', 'tls') }));
    for (const host of ['a.app.localhost', 'x.b.app.localhost']) {
      expect(directory.find('tls', host)?.endpoint.scheme).toBe('tls');
      expect(directory.find('https', host)).toBeUndefined();
    }
  });

  test.each<[first: string, second: string]>([
    ['*.app.localhost', 'a.app.localhost'],
    ['*.app.localhost', 'a.b.app.localhost'],
    ['*.app.localhost', '*.b.app.localhost'],
    ['*.app.localhost', '*.app.localhost'],
    ['a.app.localhost', '*.app.localhost'],
    ['a.b.app.localhost', '*.app.localhost'],
    ['*.b.app.localhost', '*.app.localhost'],
  ])('has one owner with the names below it: %s, then %s', (first, second) => {
    for (const schemes of [
      ['https', 'https'],
      ['http', 'https'],
      ['https', 'http'],
      ['tls', 'http'],
    ] as const) {
      const { directory, request } = openDirectory();
      const held = directory.publish(request({ address: wild(first, schemes[0]) }));
      const foreign = () => directory.publish(request({ address: wild(second, schemes[1]), accountId: theirs }));
      expect(thrownCode(foreign)).toBe(320);
      held.hold();
      expect(thrownCode(foreign)).toBe(320);
      const again = directory.publish(request({ address: wild(first, schemes[0]) }));
      expect(thrownCode(foreign)).toBe(320);
      again.withdraw();
      foreign();
    }
  });

  test('has nothing to do with names beside it', () => {
    const { directory, request } = openDirectory();
    directory.publish(request({ address: wild('*.app.localhost') }));
    for (const host of ['app.localhost', '*.xapp.localhost', 'b.localhost']) {
      directory.publish(request({ address: wild(host), accountId: theirs }));
    }
  });
});

describe('tcp', () => {
  test('is found by its port and by no name', () => {
    const { directory, request } = openDirectory();
    const { route } = directory.publish(request({ address: tcpAt(20_001) }));
    expect(route.endpoint).toMatchObject({ url: 'tcp://localhost:20001', port: 20_001, host: 'localhost' });
    expect(directory.findPort(20_001)).toBe(route);
    expect(directory.findPort(20_000)).toBeUndefined();
    expect(directory.isKnownHost('localhost')).toBe(false);
    expect(directory.find('https', '20001')).toBeUndefined();
    expect(directory.isKnownHost('20001')).toBe(false);
  });

  test('has one owner for a port, live or held', () => {
    const { clock, directory, request } = openDirectory();
    const publication = directory.publish(request({ address: tcpAt(20_001) }));
    const foreign = () => directory.publish(request({ address: tcpAt(20_001), accountId: theirs }));
    expect(thrownCode(foreign)).toBe(320);
    expect(thrownCode(() => directory.publish(request({ address: tcpAt(20_001) })))).toBe(334);
    publication.hold();
    expect(directory.findPort(20_001)).toBeUndefined();
    expect(thrownCode(foreign)).toBe(320);
    clock.advance(150_000);
    expect(foreign().route.endpoint.accountId).toBe(theirs);
  });

  test('freeAddress() gives every port that is neither taken, held nor busy, then 9405', () => {
    const { directory, request } = openDirectory();
    directory.publish(request({ address: tcpAt(20_000) }));
    directory.publish(request({ address: tcpAt(20_001) })).hold();
    for (let i = 0; i < 20; i++) expect(directory.freeAddress('tcp')).toEqual(tcpAt(20_002));
    expect(thrownCode(() => directory.freeAddress('tcp', new Set([20_002])))).toBe(9405);
  });

  test('freeAddress() chooses among all of them', () => {
    const { directory } = openDirectory();
    const ports = new Set(Array.from({ length: 200 }, () => directory.freeAddress('tcp').port));
    expect(ports).toEqual(new Set([20_000, 20_001, 20_002]));
  });

  test('freeAddress() refuses with 332 where there are no ports', () => {
    expect(thrownCode(() => openDirectory({ tcpPorts: null }).directory.freeAddress('tcp'))).toBe(332);
  });
});

describe('an internal endpoint', () => {
  test('is found by its account under its scheme and port, and by no visitor', () => {
    const { directory, request } = openDirectory();
    const { route } = directory.publish(request({ address: internalAt() }));
    expect(directory.findInternal(ours, internalAt())).toBe(route);
    expect(directory.findInternal(theirs, internalAt())).toBeUndefined();
    expect(directory.findInternal(ours, internalAt({ port: 8443 }))).toBeUndefined();
    expect(directory.findInternal(ours, internalAt({ scheme: 'http' }))).toBeUndefined();
    expect(directory.find('https', 'db.internal')).toBeUndefined();
    expect(directory.isKnownHost('db.internal')).toBe(false);
    expect(directory.list(ours)).toEqual([route.endpoint]);
    expect(directory.isOnline(route)).toBe(true);
  });

  test('of tcp has no port of the server', () => {
    const { directory, request } = openDirectory();
    const address = internalAt({ scheme: 'tcp', port: 20_001 });
    const internal = directory.publish(request({ address }));
    expect(directory.findPort(20_001)).toBeUndefined();
    const { route } = directory.publish(request({ address: tcpAt(20_001), accountId: theirs }));
    internal.withdraw();
    directory.publish(request({ address }));
    expect(directory.findPort(20_001)).toBe(route);
  });

  test('has a name of its account alone', () => {
    const { directory, request } = openDirectory();
    const mine = directory.publish(request({ address: internalAt() }));
    const other = directory.publish(request({ address: internalAt(), accountId: theirs }));
    expect(thrownCode(() => directory.publish(request({ address: internalAt() })))).toBe(334);
    mine.withdraw();
    expect(directory.findInternal(theirs, internalAt())).toBe(other.route);
  });

  test('can be a wildcard, which no public name meets', () => {
    const { directory, request } = openDirectory();
    const wide = directory.publish(request({ address: internalAt({ host: '*.internal' }) }));
    const exact = directory.publish(request({ address: internalAt() }));
    expect(directory.findInternal(ours, internalAt({ host: 'a.b.internal' }))).toBe(wide.route);
    expect(directory.findInternal(ours, internalAt())).toBe(exact.route);
    exact.hold();
    expect(directory.findInternal(ours, internalAt())).toBe(wide.route);
    expect(directory.find('https', 'a.b.internal')).toBeUndefined();
    directory.publish(request({ address: internalAt({ host: '*.internal' }), accountId: theirs }));
  });
});

describe('a pool', () => {
  const pooled = { isPooled: true };

  test.each([at(), at({ host: '*.app.localhost' }), tcpAt(20_001), internalAt()])(
    'of %j answers each of its members some time, and only those that are left',
    (address) => {
      const { directory, request } = openDirectory();
      const publish = () => directory.publish(request({ address, ...pooled }));
      const members = [publish(), publish(), publish()];
      const found = () => {
        if (address.binding === 'internal') return directory.findInternal(ours, address);
        return address.port === null
          ? directory.find('https', address.host.replace('*', 'a'))
          : directory.findPort(address.port);
      };
      const seen = () => new Set(Array.from({ length: 200 }, found));
      expect(seen()).toEqual(new Set(members.map(({ route }) => route)));
      members[1]?.hold();
      expect(seen()).toEqual(new Set([members[0]?.route, members[2]?.route]));
      members[0]?.withdraw();
      members[0]?.withdraw();
      members[0]?.hold();
      expect(seen()).toEqual(new Set([members[2]?.route]));
    },
  );

  test.each<[what: string, first: boolean, second: boolean]>([
    ['the first does not allow it', false, true],
    ['the second does not allow it', true, false],
    ['neither allows it', false, false],
  ])('does not form when %s', (_what, first, second) => {
    const { directory, request } = openDirectory();
    directory.publish(request({ isPooled: first }));
    expect(thrownCode(() => directory.publish(request({ isPooled: second })))).toBe(334);
  });

  test('does not form of two schemes, nor of two accounts', () => {
    const { directory, request } = openDirectory();
    directory.publish(request(pooled));
    expect(thrownCode(() => directory.publish(request({ ...pooled, address: at({ scheme: 'tls' }) })))).toBe(334);
    expect(thrownCode(() => directory.publish(request({ ...pooled, accountId: theirs })))).toBe(320);
    expect(directory.publish(request({ ...pooled, address: at({ scheme: 'http' }) })).route).toBeDefined();
  });

  test('is held with its last member only, and freed with the last one that withdraws', () => {
    const { clock, directory, request } = openDirectory();
    const [first, second] = [directory.publish(request(pooled)), directory.publish(request(pooled))];
    first.hold();
    clock.advance(1_000_000);
    expect(directory.find('https', 'app.localhost')).toBe(second.route);
    second.hold();
    clock.advance(149_999);
    expect(directory.isKnownHost('app.localhost')).toBe(true);
    const third = directory.publish(request(pooled));
    clock.advance(1_000_000);
    expect(directory.find('https', 'app.localhost')).toBe(third.route);
    third.withdraw();
    expect(directory.isKnownHost('app.localhost')).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test('changes the description of one member alone', () => {
    const { directory, request } = openDirectory();
    const [first, second] = [directory.publish(request(pooled)), directory.publish(request(pooled))];
    first.update({ name: 'new' });
    expect([first.route.endpoint.name, second.route.endpoint.name]).toEqual(['new', '']);
    expect(directory.list(ours)).toHaveLength(2);
    expect(directory.isOnline(second.route)).toBe(true);
  });

  test('gives each endpoint as many visitors as the others, however many legs serve it', () => {
    const { directory, request } = openDirectory();
    const one = directory.publish(request(pooled));
    const many = request(pooled);
    const legs = Array.from({ length: 8 }, () => directory.publish({ ...many, link: { ...link } }));
    const found = Array.from({ length: 2_000 }, () => directory.find('https', 'app.localhost'));
    expect(new Set(found)).toEqual(new Set([one, ...legs].map(({ route }) => route)));
    // A ninth of them would be 222; half of them, 1,000, is 35 standard deviations away from that.
    expect(found.filter((route) => route === one.route).length).toBeGreaterThan(700);
  });

  test('counts as one name', () => {
    const { directory, request } = openDirectory({ maxNamesPerAccount: 1 });
    directory.publish(request(pooled));
    directory.publish(request(pooled));
    expect(directory.countOnline()).toBe(2);
  });
});

describe('occupantOf()', () => {
  test('answers what stands in the way of a new endpoint of the same account', () => {
    const { directory, request } = openDirectory();
    const wanted = (isPooled: boolean, change: Partial<EndpointAddress> = {}) =>
      directory.occupantOf(request({ address: at(change), isPooled }))?.id;
    expect(wanted(false)).toBeUndefined();
    const first = directory.publish(request({ isPooled: true }));
    const { id } = first.route.endpoint;
    expect([wanted(false), wanted(true)]).toEqual([id, undefined]);
    expect([wanted(true, { scheme: 'tls' }), wanted(true, { scheme: 'http' })]).toEqual([id, undefined]);
    expect(directory.occupantOf(request({ accountId: theirs }))).toBeUndefined();
    first.hold();
    expect(wanted(false)).toBeUndefined();
    const alone = directory.publish(request());
    expect(wanted(true)).toBe(alone.route.endpoint.id);
  });
});

describe('isOnline()', () => {
  test('is true for a route until its endpoint leaves, also when its description changes', () => {
    const { directory, request } = openDirectory();
    const publication = directory.publish(request());
    const before = publication.route;
    publication.update({ metadata: 'new' });
    expect([directory.isOnline(before), directory.isOnline(publication.route)]).toEqual([true, true]);
    publication.hold();
    expect([directory.isOnline(before), directory.isOnline(publication.route)]).toEqual([false, false]);
  });

  test('is false once its chain was replaced, and current() says what stands for it', () => {
    const { directory, request } = openDirectory();
    const publication = directory.publish(request());
    const before = publication.route;
    expect(directory.current(before)).toBe(before);
    publication.replaceChain(new FakeChain());
    expect([directory.isOnline(before), directory.current(before)]).toEqual([false, publication.route]);
    publication.withdraw();
    expect(directory.current(before)).toBeUndefined();
  });

  test('is false for an endpoint that came back with another link or chain', () => {
    const { directory, request } = openDirectory();
    const endpointId = newId('endpoint', 1);
    const first = directory.publish(request({ endpointId }));
    first.hold();
    const second = directory.publish(request({ endpointId, link: { ...first.route.link } }));
    expect(directory.isOnline(first.route)).toBe(false);
    second.hold();
    directory.publish(request({ endpointId, link: second.route.link, chain: { ...second.route.chain } }));
    expect(directory.isOnline(second.route)).toBe(false);
  });

  test("is false for a route whose name is another account's by now", () => {
    const { directory, request } = openDirectory();
    const first = directory.publish(request({ address: tcpAt(20_001) }));
    first.withdraw();
    directory.publish(request({ address: tcpAt(20_001), accountId: theirs }));
    expect(directory.isOnline(first.route)).toBe(false);
  });
});

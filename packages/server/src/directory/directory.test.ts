import { newId } from '@adit/contracts';
import { describe, expect, test } from 'vitest';
import type { EndpointAddress } from '../domain/address.ts';
import { FakeChain } from '../domain/fake-chain.testkit.ts';
import { thrownCode } from '../domain/thrown-code.testkit.ts';
import { Reservations } from './reservations.ts';
import { at, chain, internalAt, link, ours, openDirectory as setUp, tcpAt, theirs } from './test-directory.testkit.ts';

describe('publish()', () => {
  test('puts the route under its scheme and host only', () => {
    const { directory, request } = setUp();
    const { endpointId } = request();
    directory.publish(request({ endpointId, upstreamProtocol: 'http2' }));
    const route = directory.find('https', 'app.localhost');
    expect(route?.endpoint).toMatchObject({ id: endpointId, url: 'https://app.localhost:8443', generation: 1 });
    expect(route?.endpoint.upstreamProtocol).toBe('http2');
    expect(route?.bindId).toBe(endpointId);
    expect(directory.find('http', 'app.localhost')).toBeUndefined();
    expect(directory.find('https', 'other.localhost')).toBeUndefined();
  });

  test('gives http and https of a host to one account only', () => {
    const { directory, request } = setUp();
    directory.publish(request());
    expect(thrownCode(() => directory.publish(request({ address: at({ scheme: 'http' }), accountId: theirs })))).toBe(
      320,
    );
    directory.publish(request({ address: at({ scheme: 'http' }) }));
    expect(directory.list(ours)).toHaveLength(2);
    directory.publish(request({ address: at({ scheme: 'http', host: 'b.localhost' }) }));
    expect(
      thrownCode(() => directory.publish(request({ address: at({ host: 'b.localhost' }), accountId: theirs }))),
    ).toBe(320);
  });

  test('refuses a live name to its own account with 334 and says who holds it', () => {
    const { directory, request } = setUp();
    const agentSessionId = newId('agentSession', 1);
    directory.publish(request({ agentSessionId }));
    expect(() => directory.publish(request())).toThrow(agentSessionId);
    expect(thrownCode(() => directory.publish(request()))).toBe(334);
  });

  test('tells another account that the name is taken, and not by whom', () => {
    const { directory, request } = setUp();
    const holder = request();
    directory.publish(holder);
    try {
      directory.publish(request({ accountId: theirs }));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 320, details: {} });
      expect(String(error)).not.toContain(holder.agentSessionId);
      expect(String(error)).not.toContain(ours);
    }
  });

  test('counts live and held names of the account against its limit', () => {
    const { directory, request } = setUp({ maxNamesPerAccount: 1 });
    directory.publish(request()).hold();
    expect(thrownCode(() => directory.publish(request({ address: at({ host: 'b.localhost' }) })))).toBe(324);
    directory.publish(request());
    directory.publish(request({ address: at({ host: 'b.localhost' }), accountId: theirs }));
  });

  test('counts live and held ports of the account against their own limit', () => {
    const { directory, request, clock } = setUp({
      maxTcpPortsPerAccount: 2,
      tcpPorts: { first: 20_000, last: 20_009 },
    });
    const open = (port: number, change = {}) => directory.publish(request({ address: tcpAt(port), ...change }));
    open(20_000);
    open(20_001).hold();
    expect(thrownCode(() => open(20_002))).toBe(324);
    // What it has it may open again; others, names and internal addresses are not counted.
    open(20_001).hold();
    open(20_003, { accountId: theirs });
    directory.publish(request());
    directory.publish(request({ address: internalAt({ scheme: 'tcp', port: 1 }) }));
    clock.advance(150_000);
    open(20_002).withdraw();
    open(20_004);
    expect(thrownCode(() => open(20_005))).toBe(324);
  });

  test('raises the generation with every change of any route', () => {
    const { directory, request } = setUp();
    const first = directory.publish(request());
    const second = directory.publish(request({ address: at({ host: 'b.localhost' }) }));
    first.update({ metadata: 'new' });
    expect([second.route.endpoint.generation, first.route.endpoint.generation]).toEqual([2, 3]);
  });
});

describe('a publication', () => {
  test('update() replaces the route and leaves the old object as it was', () => {
    const { directory, request } = setUp();
    const publication = directory.publish(request({ metadata: 'old' }));
    const before = publication.route;
    publication.update({ metadata: 'new' });
    expect(before.endpoint.metadata).toBe('old');
    expect(directory.find('https', 'app.localhost')).toBe(publication.route);
    expect(publication.route.endpoint).toMatchObject({ metadata: 'new', id: before.endpoint.id });
  });

  test('hold() takes the route offline and keeps the name for its account for 150 s', () => {
    const { clock, directory, request } = setUp();
    directory.publish(request()).hold();
    expect(directory.find('https', 'app.localhost')).toBeUndefined();
    expect(directory.list(ours)).toEqual([]);
    clock.advance(149_999);
    expect(directory.isKnownHost('app.localhost')).toBe(true);
    expect(thrownCode(() => directory.publish(request({ accountId: theirs })))).toBe(320);
    clock.advance(1);
    expect(directory.isKnownHost('app.localhost')).toBe(false);
    directory.publish(request({ accountId: theirs }));
  });

  test('a name is held from hold() until it is taken again or given up, under its own scheme', () => {
    const { clock, directory, request } = setUp();
    const isHeld = () => directory.isHeld('https', 'app.localhost');
    const first = directory.publish(request());
    expect(isHeld()).toBe(false);
    first.hold();
    expect(isHeld()).toBe(true);
    expect(directory.isHeld('http', 'app.localhost')).toBe(false);
    expect(directory.isHeld('tls', 'app.localhost')).toBe(false);
    directory.publish(request()).hold();
    expect(isHeld()).toBe(true);
    clock.advance(150_000);
    expect(isHeld()).toBe(false);
    directory.publish(request()).withdraw();
    expect(isHeld()).toBe(false);
  });

  test('hosts below a wildcard that is held are held', () => {
    const { directory, request } = setUp();
    directory.publish(request({ address: at({ host: '*.app.localhost' }) })).hold();
    expect(directory.isHeld('https', 'a.app.localhost')).toBe(true);
    expect(directory.isHeld('https', 'app.localhost')).toBe(false);
  });

  test('hold() keeps the other scheme of the host from other accounts, too', () => {
    const { directory, request } = setUp();
    directory.publish(request()).hold();
    expect(thrownCode(() => directory.publish(request({ address: at({ scheme: 'http' }), accountId: theirs })))).toBe(
      320,
    );
  });

  test('hold() lets the same account take the name back, and its end does not disturb the new route', () => {
    const { clock, directory, request } = setUp();
    directory.publish(request()).hold();
    const again = directory.publish(request());
    expect(clock.pendingTimers).toBe(0);
    clock.advance(1_000_000);
    expect(directory.find('https', 'app.localhost')).toBe(again.route);
  });

  test('withdraw() frees the name at once', () => {
    const { clock, directory, request } = setUp();
    directory.publish(request()).withdraw();
    expect(directory.isKnownHost('app.localhost')).toBe(false);
    directory.publish(request({ accountId: theirs }));
    expect(clock.pendingTimers).toBe(0);
  });

  test('does nothing once it is over, whoever has the name now', () => {
    const { directory, request } = setUp();
    const old = directory.publish(request());
    old.hold();
    const current = directory.publish(request());
    old.withdraw();
    old.hold();
    old.update({ metadata: 'ghost' });
    expect(directory.find('https', 'app.localhost')).toBe(current.route);
  });
});

describe('list()', () => {
  test('answers the newest first', () => {
    const { clock, directory, request } = setUp();
    for (const host of ['a.localhost', 'b.localhost', 'c.localhost']) {
      directory.publish(request({ address: at({ host }) }));
      clock.advance(1);
    }
    expect(directory.list(ours).map((endpoint) => endpoint.host)).toEqual([
      'c.localhost',
      'b.localhost',
      'a.localhost',
    ]);
  });

  test('never crosses accounts and never shows services', () => {
    const { directory, request } = setUp();
    directory.publish(request());
    directory.publish(request({ address: at({ host: 'b.localhost' }), accountId: theirs }));
    directory.publishService({ host: 'api.localhost', scheme: 'https', link, chain, bindId: 'api' });
    expect(directory.countOnline()).toBe(2);
    expect(directory.list(ours).map((endpoint) => endpoint.host)).toEqual(['app.localhost']);
    expect(directory.list(theirs).map((endpoint) => endpoint.host)).toEqual(['b.localhost']);
    expect(directory.list(newId('account', 1))).toEqual([]);
  });
});

describe('publishService()', () => {
  test('routes a name that no endpoint may have', () => {
    const { directory } = setUp();
    const route = directory.publishService({ host: 'api.localhost', scheme: 'https', link, chain, bindId: 'api' });
    expect(directory.find('https', 'api.localhost')).toBe(route);
    expect(route).toMatchObject({
      bindId: 'api',
      endpoint: { credentialId: null, agentSessionId: null, upstreamProtocol: 'http1' },
    });
    expect(thrownCode(() => directory.parseAddress('api', 'https', ours))).toBe(9404);
  });

  test('refuses a name that an endpoint has', () => {
    const { directory, request } = setUp();
    directory.publish(request());
    const service = { host: 'app.localhost', scheme: 'http', link, chain, bindId: 'api' } as const;
    expect(() => directory.publishService(service)).toThrow(RangeError);
  });

  test('keeps its name, under either scheme, from every account', () => {
    const { directory, request } = setUp();
    directory.publishService({ host: 'app.localhost', scheme: 'https', link, chain, bindId: 'api' });
    expect(thrownCode(() => directory.publish(request({ address: at({ scheme: 'http' }) })))).toBe(320);
  });
});

test('parseAddress() takes the public port from the public URL, also when it is the default of the scheme', () => {
  expect(setUp().directory.parseAddress('app.localhost:8443', 'https', ours)).toEqual(at());
  const { directory } = setUp({ publicUrl: ({ scheme, host }) => `${scheme}://${host}` });
  expect(directory.parseAddress('app.localhost:443', 'https', ours)?.host).toBe('app.localhost');
  expect(directory.parseAddress('app.localhost:443', 'tls', ours)?.host).toBe('app.localhost');
  expect(directory.parseAddress('app.localhost:80', 'http', ours)?.host).toBe('app.localhost');
});

test('freeAddress() gives names below the domain that nobody has', () => {
  const { directory } = setUp();
  const names = Array.from({ length: 100 }, () => directory.freeAddress('tls'));
  expect(new Set(names.map(({ host }) => host)).size).toBe(100);
  for (const name of names) expect(directory.parseAddress(name.host, 'tls', ours)).toEqual(name);
});

describe('what is reserved', () => {
  function reserved(host: string, accountId = ours) {
    const reservations = new Reservations();
    reservations.set({ id: 'rd', accountId, host });
    reservations.set({ id: 'ra', accountId, port: 20_001 });
    return { ...setUp({ reservations }), reservations };
  }
  const bind = ({ directory, request }: ReturnType<typeof reserved>, address: EndpointAddress) =>
    thrownCode(() => directory.publish(request({ address })));

  test.each<[string, EndpointAddress, number | undefined]>([
    ['the name', at(), 320],
    ['the name under another scheme', at({ scheme: 'http' }), 320],
    ['a name below', at({ host: 'x.app.localhost' }), 320],
    ['a wildcard above', at({ host: '*.localhost' }), 320],
    ['the port', tcpAt(20_001), 320],
    ['another name', at({ host: 'xapp.localhost' }), undefined],
    ['another port', tcpAt(20_000), undefined],
    ['the internal name of that form', internalAt({ host: 'app.internal' }), undefined],
  ])('%s is for its account alone', (_, address, code) => {
    expect(bind(reserved('app.localhost', theirs), address)).toBe(code);
    expect(bind(reserved('app.localhost', ours), address)).toBeUndefined();
  });

  test('is not chosen for anybody', () => {
    const { directory, reservations } = reserved('app.localhost', theirs);
    reservations.set({ id: 'other', accountId: ours, port: 20_002 });
    for (let tries = 0; tries < 20; tries++) expect(directory.freePort()).toBe(20_000);
  });

  test('may be outside the domain, for its account', () => {
    const { directory } = reserved('shop.example.com');
    const parse = (name: string, accountId = ours) => directory.parseAddress(name, 'https', accountId)?.host;
    expect([parse('shop.example.com'), parse('x.shop.example.com')]).toEqual([
      'shop.example.com',
      'x.shop.example.com',
    ]);
    expect(thrownCode(() => parse('shop.example.com', theirs))).toBe(319);
    expect(thrownCode(() => parse('example.com'))).toBe(319);
  });

  test('is known: certificates may be made for it', () => {
    const { directory, reservations } = reserved('shop.example.com');
    expect([directory.isKnownHost('shop.example.com'), directory.isKnownHost('example.com')]).toEqual([true, false]);
    reservations.delete('rd');
    expect(directory.isKnownHost('shop.example.com')).toBe(false);
  });

  test.each([
    ['app.localhost', true],
    ['x.app.localhost', false],
    ['localhost', true],
    ['other.localhost', false],
  ])('%s is used by others: %s', (host, expected) => {
    const { directory, request } = setUp();
    directory.publish(request());
    expect(directory.isUsedByOthers(host, theirs)).toBe(expected);
    expect(directory.isUsedByOthers(host, ours)).toBe(false);
  });
});

test('endpoints that share a URL must ask the same of TLS, however many legs or which came first', () => {
  const asking = (minVersion: 'TLSv1.2' | 'TLSv1.3'): FakeChain =>
    new FakeChain({ tls: { ...{ minVersion, maxVersion: 'TLSv1.3' }, certificate: null, clients: null } });
  for (const [first, second] of [
    [asking('TLSv1.3'), new FakeChain()],
    [new FakeChain(), asking('TLSv1.3')],
    [asking('TLSv1.2'), asking('TLSv1.3')],
  ] as const) {
    const { directory, request } = setUp();
    const publication = directory.publish(request({ isPooled: true, chain: first }));
    const other = request({ isPooled: true, chain: second });
    expect(thrownCode(() => directory.publish(other))).toBe(9408);
    publication.withdraw();
    expect(directory.publish(other).route.chain).toBe(second);
  }
  const { directory, request } = setUp();
  directory.publish(request({ isPooled: true, chain: asking('TLSv1.3') }));
  expect(thrownCode(() => directory.publish(request({ isPooled: true, chain: asking('TLSv1.3') })))).toBeUndefined();
});

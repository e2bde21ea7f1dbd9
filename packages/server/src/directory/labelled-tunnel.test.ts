import { newId } from '@adit/contracts';
import { describe, expect, test } from 'vitest';
import { labelledSchemes } from '../domain/endpoint.ts';
import { hostOfLabels, type Labels } from '../domain/labels.ts';
import { thrownCode } from '../domain/thrown-code.testkit.ts';
import type { DirectoryOptions } from './directory.ts';
import type { LabelledRequest } from './labelled-tunnel.ts';
import { at, internalAt, link, openDirectory, ours, theirs } from './test-directory.testkit.ts';

function setUp(options: Partial<DirectoryOptions> = {}) {
  const { directory, request, clock } = openDirectory(options);
  const publish = (labels: Labels, change: Partial<LabelledRequest> = {}) => {
    const { address: _, tls: _tls, isPooled: _pooled, ...facts } = request();
    return directory.publishLabelled({ ...facts, labels, ...change });
  };
  const idsFor = (labels: Labels, accountId = ours) =>
    directory.findLabelled(accountId, 'https', labels).map(({ endpoint }) => endpoint.id);
  return { directory, request, clock, publish, idsFor };
}

const idOf = ({ route }: ReturnType<ReturnType<typeof setUp>['publish']>) => route.endpoint.id;

describe('a labelled tunnel', () => {
  test.each(labelledSchemes)('is found for visitors of %s, as an endpoint of that scheme', (scheme) => {
    const { directory, publish } = setUp();
    const { route } = publish({ app: 'shop' }, { forwardsTo: 'http://localhost:80', upstreamProtocol: 'http2' });
    const [found, ...others] = directory.findLabelled(ours, scheme, { app: 'shop' });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ bindId: route.bindId, tls: scheme === 'tls' ? { kind: 'passthrough' } : null });
    expect(found?.endpoint).toMatchObject({
      ...{ id: route.bindId, accountId: ours, scheme, binding: 'internal', isPooled: true },
      ...{ forwardsTo: 'http://localhost:80', upstreamProtocol: 'http2', proxyProtocol: 0, hostHeader: null },
      part: { kind: 'tunnel', labels: { app: 'shop' } },
    });
    expect(found && directory.isOnline(found) && directory.current(found)).toBe(found);
  });

  test.each<[asked: Labels, isFound: boolean]>([
    [{ app: 'shop', zone: 'a' }, true],
    [{ zone: 'a', app: 'shop' }, true],
    [{ app: 'shop' }, true],
    [{ zone: 'a' }, true],
    [{ app: 'shop', zone: 'a', more: 'x' }, false],
    [{ app: 'shop', zone: 'b' }, false],
    [{ app: 'a' }, false],
    [{ shop: 'app' }, false],
    [{}, false],
    [{ toString: 'a' }, false],
    [JSON.parse('{"__proto__":"a"}') as Labels, false],
  ])('with two labels, for who asks for %j: found %j', (asked, isFound) => {
    const { publish, idsFor } = setUp();
    const tunnel = publish({ app: 'shop', zone: 'a' });
    expect(idsFor(asked)).toEqual(isFound ? [idOf(tunnel)] : []);
  });

  test('[invariant: tenancy-in-every-key] is found for its own account only, whoever has the same labels', () => {
    const { directory, publish, idsFor } = setUp();
    const labels = { app: 'shop' };
    const mine = publish(labels);
    expect(idsFor(labels, theirs)).toEqual([]);
    const other = publish(labels, { accountId: theirs });
    expect([idsFor(labels), idsFor(labels, theirs)]).toEqual([[idOf(mine)], [idOf(other)]]);
    expect(directory.labelledAs(theirs, labels).map(({ id }) => id)).toEqual([idOf(other)]);
    expect(directory.list(theirs).map(({ id }) => id)).toEqual([idOf(other)]);
    other.withdraw();
    expect(idsFor(labels)).toEqual([idOf(mine)]);
  });

  test('is one of a pool with others that have the same labels; each set of labels is a pool of its own', () => {
    const { publish, idsFor } = setUp();
    const pool = new Set([publish({ a: '1', b: '2' }), publish({ b: '2', a: '1' })].map(idOf));
    const alone = idOf(publish({ a: '1' }));
    const seen = new Set(Array.from({ length: 64 }, () => idsFor({ a: '1' })).flat());
    expect(idsFor({ a: '1' })).toHaveLength(2);
    expect(idsFor({ b: '2' })).toHaveLength(1);
    expect(seen).toEqual(pool.add(alone));
  });

  test('cannot be reached by its name, and no wildcard is in its way', () => {
    const { directory, publish, request } = setUp();
    directory.publish(request({ address: internalAt({ host: '*.internal' }) }));
    publish({ a: '1' });
    const host = hostOfLabels({ a: '1' });
    for (const scheme of ['http', 'https', 'tls'] as const) expect(directory.find(scheme, host)).toBeUndefined();
    expect(directory.isKnownHost(host)).toBe(false);
    for (const url of [host, `https://${host}`, `${host}.internal`, `${host}:443`]) {
      expect([307, 319, 326]).toContain(thrownCode(() => directory.parseAddress(url, 'https', ours)));
    }
  });

  test('goes under all its names at once, and comes back under others', () => {
    const { directory, publish, idsFor } = setUp();
    const found = () => labelledSchemes.map((scheme) => directory.findLabelled(ours, scheme, { a: '1' }).length);
    const first = publish({ a: '1' });
    first.hold();
    expect(found()).toEqual([0, 0, 0]);
    const again = publish({ a: '1' });
    expect(idsFor({ a: '1' })).toEqual([idOf(again)]);
    again.withdraw();
    expect([found(), directory.list(ours)]).toEqual([[0, 0, 0], []]);
  });

  test('is shown once, however many legs serve it, and changed as one', () => {
    const { directory, publish, request } = setUp();
    directory.publish(request());
    const tunnel = publish({ a: '1' });
    const { id: endpointId, agentSessionId } = tunnel.route.endpoint;
    publish({ a: '1' }, { endpointId, agentSessionId, link: { kind: 'agent', open: link.open } });
    tunnel.update({ metadata: 'new' });
    expect(directory.list(ours).map(({ part, metadata }) => [part?.kind, metadata])).toEqual([
      ['tunnel', 'new'],
      [undefined, ''],
    ]);
    expect(directory.countOnline()).toBe(2);
    for (const scheme of labelledSchemes) {
      expect(directory.findLabelled(ours, scheme, { a: '1' })[0]?.endpoint.metadata).toBe('new');
    }
  });

  test('counts as one name against the limit, live or held', () => {
    const { directory, publish, request, clock } = setUp({ maxNamesPerAccount: 2 });
    publish({ a: '1' });
    publish({ a: '1' });
    const second = publish({ a: '2' });
    second.hold();
    expect(thrownCode(() => publish({ a: '3' }))).toBe(324);
    expect(thrownCode(() => directory.publish(request()))).toBe(324);
    publish({ a: '3' }, { accountId: theirs });
    clock.advance(150_000);
    directory.publish(request({ address: at() }));
    expect(thrownCode(() => publish({ a: '3' }))).toBe(324);
    expect(directory.list(ours)).toHaveLength(3);
  });
});

test('what only an edge leads to is neither shown nor counted', () => {
  const { directory, request } = setUp();
  const ownerId = newId('endpoint', 1);
  for (const kind of ['route', 'backend'] as const) {
    directory.publish(request({ address: internalAt({ host: `${kind}.internal` }), part: { kind, ownerId } }));
  }
  directory.publish(request({ part: { kind: 'edge', ownerId } }));
  expect(directory.list(ours).map(({ part }) => part?.kind)).toEqual(['edge']);
  expect(directory.countOnline()).toBe(1);
});

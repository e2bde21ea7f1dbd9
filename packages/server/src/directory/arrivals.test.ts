import { describe, expect, test } from 'vitest';
import { openDirectory } from './test-directory.testkit.ts';

describe('awaited()', () => {
  /** Whether each has come. */
  function watched(directory: ReturnType<typeof openDirectory>['directory'], hosts: readonly string[]) {
    const come = new Set<string>();
    for (const host of hosts) void directory.awaited('https', host)?.come.then(() => come.add(host));
    return come;
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  test('answers nothing while nobody is expected, and for a host that is served', () => {
    const { directory, request } = openDirectory();
    expect(directory.awaited('https', 'app.localhost')).toBeUndefined();
    directory.expectArrivals(1_000);
    directory.publish(request());
    expect(directory.awaited('https', 'app.localhost')).toBeUndefined();
    expect(directory.awaited('https', 'other.localhost')).toBeDefined();
  });

  test('resolves when somebody serves the host, and for no other host', async () => {
    const { directory, request } = openDirectory();
    directory.expectArrivals(1_000);
    const come = watched(directory, ['app.localhost', 'other.localhost']);
    directory.publish(request());
    await settle();
    expect([...come]).toEqual(['app.localhost']);
  });

  test.each([
    ['https', ['http', 'https', 'tls']],
    ['tls', ['http', 'https', 'tls']],
    ['http', ['http']],
  ] as const)('an endpoint of %s is what visitors of %j need not wait for', (scheme, satisfied) => {
    const { directory, request } = openDirectory();
    directory.expectArrivals(1_000);
    directory.publish(request({ address: { ...request().address, scheme } }));
    const visitors = ['http', 'https', 'tls'] as const;
    expect(visitors.filter((visitor) => !directory.awaited(visitor, 'app.localhost'))).toEqual(satisfied);
  });

  test('resolves for all below a wildcard that comes', async () => {
    const { directory, request } = openDirectory();
    directory.expectArrivals(1_000);
    const come = watched(directory, ['a.b.localhost', 'c.localhost']);
    const { address } = request();
    directory.publish(request({ address: { ...address, host: '*.b.localhost' } }));
    await settle();
    expect([...come]).toEqual(['a.b.localhost']);
    expect(directory.awaited('https', 'a.b.localhost')).toBeUndefined();
    expect(directory.awaited('https', 'c.localhost')).toBeDefined();
  });

  test('resolves when nobody is expected any more, which may be said anew', async () => {
    const { directory, clock } = openDirectory();
    directory.expectArrivals(1_000);
    clock.advance(900);
    directory.expectArrivals(1_000);
    const come = watched(directory, ['app.localhost']);
    clock.advance(999);
    await settle();
    expect(come.size).toBe(0);
    clock.advance(1);
    await settle();
    expect(come.size).toBe(1);
    expect(directory.awaited('https', 'app.localhost')).toBeUndefined();
  });

  test('lets 10,000 wait and no more', () => {
    const { directory } = openDirectory();
    directory.expectArrivals(1_000);
    for (let count = 0; count < 10_000; count++)
      expect(directory.awaited('https', `h${count % 7}.localhost`)).toBeDefined();
    expect(directory.awaited('https', 'app.localhost')).toBeUndefined();
  });

  test('whoever gives up leaves his place to another, once', async () => {
    const { directory, request } = openDirectory();
    directory.expectArrivals(1_000);
    const waiting = Array.from({ length: 10_000 }, (_, n) => directory.awaited('https', `h${n % 7}.localhost`));
    waiting[0]?.giveUp();
    waiting[0]?.giveUp();
    const come = watched(directory, ['app.localhost']);
    expect(directory.awaited('https', 'app.localhost')).toBeUndefined();
    directory.publish(request());
    await settle();
    expect(come.size).toBe(1);
  });
});

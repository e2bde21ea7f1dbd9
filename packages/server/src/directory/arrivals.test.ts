import { describe, expect, test } from 'vitest';
import { openDirectory } from './test-directory.testkit.ts';

describe('awaited()', () => {
  /** Whether each has come. */
  function watched(directory: ReturnType<typeof openDirectory>['directory'], hosts: readonly string[]) {
    const come = new Set<string>();
    for (const host of hosts) void directory.awaited(host)?.then(() => come.add(host));
    return come;
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  test('answers nothing while nobody is expected, and for a host that is served', () => {
    const { directory, request } = openDirectory();
    expect(directory.awaited('app.localhost')).toBeUndefined();
    directory.expectArrivals(1_000);
    directory.publish(request());
    expect(directory.awaited('app.localhost')).toBeUndefined();
    expect(directory.awaited('other.localhost')).toBeDefined();
  });

  test('resolves when somebody serves the host, under whatever scheme, and for no other host', async () => {
    const { directory, request } = openDirectory();
    directory.expectArrivals(1_000);
    const come = watched(directory, ['app.localhost', 'other.localhost']);
    const { address } = request();
    directory.publish(request({ address: { ...address, scheme: 'http' } }));
    await settle();
    expect([...come]).toEqual(['app.localhost']);
  });

  test('resolves for all when a wildcard comes: who is not below it waits again', async () => {
    const { directory, request } = openDirectory();
    directory.expectArrivals(1_000);
    const come = watched(directory, ['a.b.localhost', 'c.localhost']);
    const { address } = request();
    directory.publish(request({ address: { ...address, host: '*.b.localhost' } }));
    await settle();
    expect(come.size).toBe(2);
    expect(directory.awaited('a.b.localhost')).toBeUndefined();
    expect(directory.awaited('c.localhost')).toBeDefined();
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
    expect(directory.awaited('app.localhost')).toBeUndefined();
  });

  test('lets 10,000 wait and no more', () => {
    const { directory } = openDirectory();
    directory.expectArrivals(1_000);
    for (let count = 0; count < 10_000; count++) expect(directory.awaited(`h${count % 7}.localhost`)).toBeDefined();
    expect(directory.awaited('app.localhost')).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { Names } from './names.ts';
import { at, internalAt, ours, tcpAt, theirs } from './test-directory.testkit.ts';

test.each([at(), at({ scheme: 'http' }), at({ host: '*.app.localhost' }), tcpAt(20_000)])(
  '[invariant: tenancy-in-every-key] an address of one account is not found, nor taken, for another: %j',
  (address) => {
    const names = new Names();
    const name = { accountId: theirs, address, labels: null, members: [], cancelExpiry: () => {} };
    names.add(name);
    expect(names.get(address, ours)).toBeUndefined();
    expect(() => names.add({ ...name, accountId: ours })).toThrow(RangeError);
    expect(names.get(address, theirs)).toBe(name);
  },
);

test('a name with labels is found by them until it is removed', () => {
  const names = new Names();
  const labels = { app: 'shop' };
  const name = { accountId: ours, address: internalAt(), labels, members: [], cancelExpiry: () => {} };
  names.add(name);
  expect(names.findLabelled(ours, 'https', labels)).toEqual([name]);
  names.remove(name);
  expect(names.findLabelled(ours, 'https', labels)).toEqual([]);
});

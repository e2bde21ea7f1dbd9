import { expect, test } from 'vitest';
import { Names } from './names.ts';
import { at, ours, tcpAt, theirs } from './test-directory.testkit.ts';

test.each([at(), at({ scheme: 'http' }), at({ host: '*.app.localhost' }), tcpAt(20_000)])(
  '[invariant: tenancy-in-every-key] an address of one account is not found, nor taken, for another: %j',
  (address) => {
    const names = new Names();
    const name = { accountId: theirs, address, members: [], cancelExpiry: () => {} };
    names.add(name);
    expect(names.get(address, ours)).toBeUndefined();
    expect(() => names.add({ ...name, accountId: ours })).toThrow(RangeError);
    expect(names.get(address, theirs)).toBe(name);
  },
);

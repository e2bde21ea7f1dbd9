import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkedName } from './checked-name.ts';

test.each(['acme', 'Zoë’s team', 'a', 'x'.repeat(255), '株式会社', 'acme_inc', 'ac'])('%j is a name', (name) => {
  expect(checkedName(` ${name} `)).toBe(name);
});

test.each([
  ['', 'it is empty'],
  [' \t', 'it is empty'],
  ['x'.repeat(256), 'it is longer than 255 characters'],
  ['a\nb', 'it has characters that cannot be seen'],
  ['a\u001b[2Jb', 'it has characters that cannot be seen'],
  ['a\u202eb', 'it has characters that cannot be seen'],
  ['ac_000000000000000000000000000', 'it looks like an id'],
  ['usr_x', 'it looks like an id'],
])('%j is refused with 9120: %s', (name, why) => {
  expect(() => checkedName(name)).toThrow(
    expect.objectContaining({ code: 9120, message: expect.stringContaining(why) as unknown }),
  );
});

test('whatever is accepted can be printed, and is accepted again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      let name: string;
      try {
        name = checkedName(text);
      } catch {
        return;
      }
      expect(name).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(checkedName(name)).toBe(name);
    }),
  );
});

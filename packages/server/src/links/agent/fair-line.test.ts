import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairLine } from './fair-line.ts';

function lineOf(items: readonly string[]): FairLine<string> {
  const line = new FairLine<string>();
  for (const item of items) line.add(item.charAt(0), item);
  return line;
}

function takeEach(line: FairLine<string>): string[] {
  const taken: string[] = [];
  for (let item = line.take(); item !== undefined; item = line.take()) taken.push(item);
  return taken;
}

test('take() goes round: one of each who has somebody in the line, of each in order', () => {
  expect(takeEach(lineOf(['a1', 'a2', 'a3', 'b1', 'c1', 'c2']))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
});

test('whoever comes later waits for one of each at most', () => {
  const line = lineOf(['a1', 'a2', 'a3', 'a4']);
  expect(line.take()).toBe('a1');
  line.add('b', 'b1');
  expect([line.take(), line.take(), line.take()]).toEqual(['a2', 'b1', 'a3']);
});

test('everybody is taken once, unless they left, and nothing is kept', () => {
  const names = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(50)).map(([who, n]) => `${who}${n}`));
  fc.assert(
    fc.property(names, names, (come, leave) => {
      const line = lineOf(come);
      for (const item of leave) line.delete(item.charAt(0), item);
      const stay = come.filter((item) => !leave.includes(item));
      expect(line.size).toBe(stay.length);
      expect(takeEach(line).sort()).toEqual(stay.sort());
      expect([line.size, line.takeAll()]).toEqual([0, []]);
    }),
  );
});

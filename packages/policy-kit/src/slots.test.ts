import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

test('a slot that was given back twice is one slot', () => {
  const slots = new Slots(2);
  const [first, second] = [slots.take(), slots.take()];
  expect(slots.take()).toBeUndefined();
  first?.();
  first?.();
  expect(slots.take()).toBeDefined();
  expect(slots.take()).toBeUndefined();
  second?.();
  expect(slots.take()).toBeDefined();
});

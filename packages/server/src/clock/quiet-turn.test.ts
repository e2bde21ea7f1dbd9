import { expect, test } from 'vitest';
import { quietTurn } from './quiet-turn.ts';

test('quietTurn() waits while the loop is busy, and not for ever', async () => {
  let turns = 0;
  let isBusy = true;
  const work = (): void => {
    turns++;
    const endMs = performance.now() + 0.3;
    while (performance.now() < endMs);
    if (isBusy) setImmediate(work);
  };
  setImmediate(work);
  await quietTurn();
  isBusy = false;
  expect(turns).toBeGreaterThan(900);
  await quietTurn();
});

const quietMs = 0.2;
const maxTurns = 1_000;

/**
 * Resolves right behind a turn of the event loop in which next to nothing was done: what the system had to tell, it has told
 * just now. On a busy loop after 1,000 turns, whatever they were like.
 */
export async function quietTurn(): Promise<void> {
  let before = performance.now();
  for (let turns = 0; turns < maxTurns; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    if (now - before < quietMs) return;
    before = now;
  }
}

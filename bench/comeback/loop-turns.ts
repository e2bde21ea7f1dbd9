// Loaded into the server (`node --import …`) when a herd comes back: how long its event loop is away at a time, and how much
// of that it computes; for the rest the machine ran somebody else. On SIGUSR2 a line says so, and it begins anew.
const tickMs = 10;

/** Milliseconds beyond the tick that was due. */
export interface LoopTurns {
  readonly longestMs: number;
  /** Most processor time of the loop's own thread in one absence. */
  readonly mostComputedMs: number;
}

const nothing: LoopTurns = { longestMs: 0, mostComputedMs: 0 };
let turns = nothing;
let tickAt = performance.now();
let computed = computedMs();

setInterval(() => {
  const [now, computedNow] = [performance.now(), computedMs()];
  const awayMs = now - tickAt - tickMs;
  turns = {
    longestMs: Math.max(turns.longestMs, awayMs),
    mostComputedMs: Math.max(turns.mostComputedMs, Math.min(awayMs, computedNow - computed)),
  };
  [tickAt, computed] = [now, computedNow];
}, tickMs).unref();

process.on('SIGUSR2', () => {
  console.log(JSON.stringify({ turns }));
  turns = nothing;
});

function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

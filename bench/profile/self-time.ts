/** What `node --cpu-prof` writes (the DevTools protocol's Profiler.Profile), as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** The innermost frame at each tick. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** The time spent in one function or file itself, callees apart. */
export interface SelfTime {
  readonly name: string;
  readonly micros: number;
}

/** V8's names for time in which no JavaScript ran and the processor did nothing. */
const idle = new Set(['(idle)', '(root)']);

/**
 * Sums self time over profiles, most first; time without work is left out.
 * Groups are functions with their line (`writeHead node:_http_server:361`) or, with `byFile`, whole files.
 */
export function selfTimes(profiles: readonly CpuProfile[], { byFile = false } = {}): SelfTime[] {
  const sums = new Map<string, number>();
  for (const profile of profiles) {
    const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, byFile ? place(callFrame) : name(callFrame)]));
    profile.samples.forEach((id, index) => {
      const key = names.get(id) ?? '(unknown)';
      // A clock that stepped back leaves negative deltas.
      if (!idle.has(key)) sums.set(key, (sums.get(key) ?? 0) + Math.max(0, profile.timeDeltas[index] ?? 0));
    });
  }
  return [...sums].map(([key, micros]) => ({ name: key, micros })).sort((a, b) => b.micros - a.micros);
}

/** V8's own work, like `(garbage collector)`, has no file. */
function place({ functionName, url }: CallFrame): string {
  return url === '' ? functionName || '(native)' : shortUrl(url);
}

function name(frame: CallFrame): string {
  const label = frame.functionName || '(anonymous)';
  return frame.url === '' ? label : `${label} ${shortUrl(frame.url)}:${frame.lineNumber + 1}`;
}

/** From the last `packages/` or `node_modules/` on; `node:` names stay. */
function shortUrl(url: string): string {
  const starts = ['/node_modules/', '/packages/'].map((word) => url.lastIndexOf(word) + 1);
  return url.slice(Math.max(...starts));
}

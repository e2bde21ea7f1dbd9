import type { Clock } from '@adit/sdk';

/** What one check found. `warn`: something is wrong that does not keep the agent from connecting. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** Without a secret: it is shown, and goes into the report. */
  readonly detail: string;
  /** Null: nothing was measured. */
  readonly milliseconds: number | null;
}

const marks = { ok: '[ OK ]', warn: '[WARN]', fail: '[FAIL]' } as const;

/** `[ OK ] Name resolution   connect.example.com is 203.0.113.7 (12 ms)`. */
export function findingLine({ check, state, detail, milliseconds }: Finding): string {
  const time = milliseconds === null ? '' : ` (${milliseconds} ms)`;
  return `${marks[state]} ${check.padEnd(18)}${detail}${time}`;
}

/** Why something failed, in words for people. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the resolver does not answer',
  ECONNREFUSED: 'the connection was refused: nothing listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ETIMEDOUT: 'no answer',
};

/** Rejects what takes too long. What was started must end by `signal`. */
export async function within<T>(
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutMs, () => {
    const error = new Error(`no answer within ${timeoutMs / 1000} s`);
    late.abort(error);
    reject(error);
  });
  try {
    return await Promise.race([start(late.signal), promise]);
  } finally {
    cancel();
    late.abort();
  }
}

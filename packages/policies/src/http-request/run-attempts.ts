import type { ConnectContext, PolicyHost } from '@adit/policy-kit';
import { errorOf, type FailureReason, failureOf } from './call-failure.ts';
import { type ShownAnswer, type ShownCall, shownAnswer, shownCall } from './call-results.ts';
import type { Call } from './call-text.ts';
import type { Retry } from './retry.ts';
import { type SendOptions, sendCall } from './send-call.ts';

export interface Attempt {
  readonly req: ShownCall;
  readonly res: ShownAnswer;
  /** Null: there was an answer. */
  readonly reason: FailureReason | null;
}

export interface AttemptOptions {
  readonly host: Pick<PolicyHost, 'now' | 'after'>;
  readonly send: Omit<SendOptions, 'signal'>;
  /** Of all attempts together. */
  readonly timeoutMs: number;
  readonly retry: Retry;
}

/** The first and three more. */
const maxAttempts = 4;

/** Calls until there is an answer that is good enough; at least one attempt. @throws As `Retry`. */
export async function runAttempts(call: Call, context: ConnectContext, options: AttemptOptions): Promise<Attempt[]> {
  const abort = new AbortController();
  const cancel = options.host.after(options.timeoutMs, () => abort.abort());
  const attempts: Attempt[] = [];
  try {
    for (;;) {
      const last = await attempt(call, abort.signal, options);
      attempts.push(last);
      if (attempts.length === maxAttempts || abort.signal.aborted) return attempts;
      const { req, res, reason } = last;
      const values = { attempts: attempts.length, last_attempt: { req, res, error: errorOf(reason) } };
      if (!options.retry(context, values)) return attempts;
    }
  } finally {
    cancel();
  }
}

async function attempt(call: Call, signal: AbortSignal, { host, send }: AttemptOptions): Promise<Attempt> {
  const startedMs = host.now();
  // The clock of the day may be set back meanwhile.
  const durationMs = () => Math.max(0, Math.round(host.now() - startedMs));
  const req = shownCall(call);
  try {
    const answer = await sendCall(call, { ...send, signal });
    return { req, res: shownAnswer(answer, durationMs()), reason: null };
  } catch (error) {
    return { req, res: shownAnswer(undefined, durationMs()), reason: failureOf(error) };
  }
}

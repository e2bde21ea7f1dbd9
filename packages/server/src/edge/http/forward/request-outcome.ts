import { toAditError } from '@adit/contracts';

/** How a request ends, as far as that is known by now: for numbers, the log and policies. */
export class RequestOutcome {
  /** Of the answer that the visitor gets; 0: none. */
  status = 0;
  /** Of the answer of the service; null: there is none. */
  upstreamStatus: number | null = null;
  /** See `Outcome` of the kit. */
  hasUpstreamFailed = false;
  /** Why it got no further, or where a policy sent it. */
  reason: string | null = null;

  /** Nothing came back: what the visitor sent may be why, or else it is the service's fault. */
  upstreamFailed(error: unknown): void {
    this.hasUpstreamFailed = this.upstreamStatus === null && toAditError(error).kind !== 'invalid';
  }
}

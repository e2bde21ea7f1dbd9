import { AditError, type ErrorCode } from '@adit/contracts';
import type { Denial } from '@adit/policy-kit';

interface Row {
  readonly code: ErrorCode;
  readonly when: string;
}

/** Why there is no answer. */
export const failures = {
  'forbidden-address': { code: 9620, when: 'The address is not to be called from here.' },
  'no-answer': { code: 9621, when: 'There was no answer, or none that can be read.' },
  'too-long': { code: 3601, when: 'The answer is longer than 256 KiB.' },
  'too-late': { code: 3602, when: 'It took longer than `timeout`.' },
  circle: { code: 3603, when: 'The request comes from such an action itself, in the fourth turn.' },
  busy: { code: 9621, when: 'For this endpoint 100 calls are under way.' },
  'not-called': { code: 9621, when: 'Nothing is called to explain a policy, or to decide on live streams again.' },
} as const satisfies Record<string, Row>;

export type FailureReason = keyof typeof failures;

export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, options?: ErrorOptions) {
    super(failures[reason].when, options);
    this.reason = reason;
  }
}

/** Of `PolicyHost.fetch` and `.fetchInternal`. */
const reasons = new Map<ErrorCode, FailureReason>([
  [9620, 'forbidden-address'],
  [3601, 'too-long'],
  [3603, 'circle'],
]);

/** What a call that rejected with it failed by. @throws The same, where it is a mistake of ours: the chain refuses. */
export function failureOf(error: unknown): FailureReason {
  if (error instanceof CallFailed) return error.reason;
  if (!(error instanceof AditError)) throw error;
  return reasons.get(error.code) ?? 'no-answer';
}

export function denialOf(reason: FailureReason): Denial {
  return { outcome: 'deny', reason: `http-request/${reason}`, code: failures[reason].code };
}

/** For the result. */
export interface ShownError {
  readonly code: string;
  readonly message: string;
}

export function errorOf(reason: FailureReason | null): ShownError {
  if (reason === null) return { code: '', message: '' };
  const { code, when } = failures[reason];
  return { code: new AditError(code).wireCode, message: when };
}

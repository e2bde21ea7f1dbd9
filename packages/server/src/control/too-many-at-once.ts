import { AditError } from '@adit/contracts';

/** 9130, with a Retry-After: places are free again in a moment. */
export function tooManyAtOnce(why: string): AditError {
  const details = { retry_after_seconds: 1 };
  return new AditError(9130, `Cannot take another call of this account now: ${why}`, { details });
}

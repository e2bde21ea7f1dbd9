import { AditError } from '@adit/contracts';

/** Why a link's stream is over. What a link does not put in words of its own is a lost stream, not a bug. */
export function upstreamError(cause: Error | null): AditError {
  return cause instanceof AditError ? cause : new AditError(9005, undefined, { cause });
}

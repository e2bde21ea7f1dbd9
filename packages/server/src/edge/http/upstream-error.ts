import { AditError } from '@adit/contracts';

/**
 * The row of the error table for what went wrong between us and the upstream. Links say it themselves by an AditError;
 * the rest is what node:http makes of bytes and ends.
 *
 * @param didEnd True if the upstream ended its side in good order: then it spoke badly, else the stream was lost.
 */
export function upstreamError(error: unknown, didEnd: boolean): AditError {
  if (error instanceof AditError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new AditError(code.startsWith('HPE_') || didEnd ? 3004 : 9005, undefined, { cause: error });
}

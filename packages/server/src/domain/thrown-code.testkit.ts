import { AditError } from '@adit/contracts';

/** The code of the AditError that `run` throws; undefined if it throws nothing. Any other error is passed on. */
export function thrownCode(run: () => unknown): number | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof AditError) return error.code;
    throw error;
  }
  return undefined;
}

import { AditError } from '@adit/contracts';
import type { Listener } from './listener.ts';

const attempts = 20;

/**
 * Opens on the preferred port, or on the next one that is free (20 are tried). For people who start Adit by hand; a
 * server with a fixed public address should fail instead.
 *
 * @param open Called with one port after the other until it does not fail with 9220.
 * @returns `takenPort`: the preferred one when somebody else has it, to be told to the user; else null.
 * @throws {AditError} 9222: all are taken. Any other error of `open`.
 */
export async function openOnFreePort<T extends Listener>(
  preferred: number,
  open: (port: number) => Promise<T>,
): Promise<{ listener: T; takenPort: number | null }> {
  let cause: unknown;
  for (let port = preferred; port < preferred + attempts && port <= 65_535; port++) {
    try {
      return { listener: await open(port), takenPort: port === preferred ? null : preferred };
    } catch (error) {
      if (!(error instanceof AditError) || error.code !== 9220) throw error;
      cause = error;
    }
  }
  const last = Math.min(preferred + attempts - 1, 65_535);
  throw new AditError(9222, `Cannot find a free port between ${preferred} and ${last}: all are in use`, { cause });
}

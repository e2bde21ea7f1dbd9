// A server that takes the place of another one on the same data directory (docs/adr/0007). This file is the new server's
// side; what the old one does is in hand-over.ts.
import { AditError } from '@adit/contracts';
import { type RunningAddresses, readRunningServer } from '../data-dir/running-server.ts';
import { canShareListeners } from '../edge/listener/listener.ts';
import { handOverSecret } from './hand-over-secret.ts';
import type { Foundation } from './open-foundation.ts';

/** For that long visitors wait for names that nobody serves yet; agents of the old server have as long to come. */
export const arrivalsMs = 15_000;
const askTimeoutMs = 5_000;
const claimPauseMs = 100;

/** The server whose place this one takes. Undefined: there is none, and this is a start like any other. */
export async function findPredecessor({
  options,
  settings,
  claimDirectory,
}: Foundation): Promise<RunningAddresses | undefined> {
  if (claimDirectory()) return undefined;
  if (!canShareListeners) throw cannot('this system does not let two servers listen on one port');
  const running = await readRunningServer(settings.dataDir);
  if (!running) throw cannot(`it has not said where it listens; it may be starting (domain ${options.domain})`);
  return running;
}

/** Everything listens here: has the predecessor go, and from now on expects its agents. @throws {AditError} 9215. */
export async function takeOver(
  predecessor: RunningAddresses,
  { signingKey, directory }: Pick<Foundation, 'signingKey'> & { directory: { expectArrivals(forMs: number): void } },
): Promise<void> {
  directory.expectArrivals(arrivalsMs);
  const headers = { authorization: `Bearer ${handOverSecret(signingKey)}` };
  const signal = AbortSignal.timeout(askTimeoutMs);
  const answer = await fetch(`${predecessor.operator}/hand-over`, { method: 'POST', headers, signal }).catch(
    (cause: unknown) => {
      throw cannot(`it does not answer on ${predecessor.operator}`, cause);
    },
  );
  if (answer.status !== 202) throw cannot(`it answered ${answer.status}; it may be of a version that cannot hand over`);
}

/** Makes the data directory this server's own once the predecessor has let go of it. The answer stops trying. */
export function claimWhenFree({ clock, claimDirectory, log }: Foundation, onClaimed: () => void): () => void {
  let cancel = (): void => {};
  const tryIt = (): void => {
    if (!claimDirectory()) {
      cancel = clock.after(claimPauseMs, tryIt);
      return;
    }
    log.info({}, 'The server before this one is gone');
    onClaimed();
  };
  tryIt();
  return () => cancel();
}

function cannot(why: string, cause?: unknown): AditError {
  return new AditError(9215, `Cannot take over from the running server: ${why}`, { cause });
}

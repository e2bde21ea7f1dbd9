// A server that takes the place of another one on the same data directory (docs/adr/0007). This file is the new server's
// side; what the old one does is in hand-over.ts.
import { once } from 'node:events';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import { type RunningAddresses, readRunningServer } from '../../data-dir/running-server.ts';
import { canShareListeners } from '../../edge/listener/listener.ts';
import type { Foundation } from '../open-foundation.ts';
import type { Rooms } from '../open-rooms.ts';
import { handOverSecret } from './hand-over-secret.ts';

/** For that long visitors wait for names that nobody serves yet; agents of the old server have as long to come. */
export const arrivalsMs = 15_000;
const askTimeoutMs = 5_000;
const claimPauseMs = 100;

/** The server whose place this one takes. */
export interface Predecessor {
  readonly place: RunningAddresses;
  /** Connected to it before anybody else listens there, so that it is this server that is asked, and no other. */
  readonly line: Socket;
}

/** Undefined: there is none, and this is a start like any other. @throws {AditError} 9215. */
export async function findPredecessor({
  options,
  settings,
  claimDirectory,
}: Foundation): Promise<RunningAddresses | undefined> {
  if (claimDirectory()) return undefined;
  if (!canShareListeners) throw cannot('this system does not let two servers listen on one port');
  const place = await readRunningServer(settings.dataDir);
  if (!place) throw cannot(`it has not said where it listens; it may be starting (domain ${options.domain})`);
  return place;
}

/** @throws {AditError} 9215. The stack hangs up. */
export async function reachPredecessor(stack: AsyncDisposableStack, place: RunningAddresses): Promise<Predecessor> {
  const line = connect(place.operatorAt);
  stack.defer(() => void line.destroy());
  // What goes wrong later is the request's to tell.
  line.on('error', () => {});
  const signal = AbortSignal.timeout(askTimeoutMs);
  await once(line, 'connect', { signal }).catch((cause: unknown) => {
    throw cannot(`it does not answer on ${place.operator}`, cause);
  });
  return { place, line };
}

/** All that this server needs is there: has the predecessor go, and from now on expects its agents. @throws {AditError} 9215. */
export async function takeOver(
  { place, line }: Predecessor,
  { signingKey, directory, clock }: Pick<Foundation, 'signingKey' | 'clock'> & Pick<Rooms, 'directory'>,
): Promise<void> {
  directory.expectArrivals(arrivalsMs);
  const headers = { authorization: `Bearer ${handOverSecret(signingKey, clock.now())}` };
  const signal = AbortSignal.timeout(askTimeoutMs);
  const options = { method: 'POST', path: '/hand-over', headers, signal, createConnection: () => line };
  const [answer] = (await once(http.request(options).end(), 'response').catch((cause: unknown) => {
    throw cannot(`it does not answer on ${place.operator}`, cause);
  })) as [http.IncomingMessage];
  answer.resume();
  if (answer.statusCode === 202) return;
  throw cannot(`it answered ${answer.statusCode}; it may be of a version that cannot hand over`);
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

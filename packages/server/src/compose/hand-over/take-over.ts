// A server that takes the place of another one on the same data directory (docs/adr/0007). This file is the new server's
// side; what the old one does is in hand-over.ts.
import { once } from 'node:events';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { AditError } from '@adit/contracts';
import { keepProcess } from '../../clock/keep-process.ts';
import { type RunningAddresses, readRunningServer } from '../../data-dir/running-server.ts';
import { pause } from '../../domain/wait.ts';
import { canShareListeners } from '../../edge/listener/listener.ts';
import type { Foundation } from '../open-foundation.ts';
import type { Rooms } from '../open-rooms.ts';
import { ownerProof } from '../owner-proof.ts';

/** For that long visitors wait for names that nobody serves yet; agents of the old server have as long to come. */
export const arrivalsMs = 15_000;
const askTimeoutMs = 5_000;
/** Longer than a server takes to start, or to go when it is asked to. */
const findTimeoutMs = 40_000;
const claimPauseMs = 100;

/** The server whose place this one takes. */
export interface Predecessor {
  readonly place: RunningAddresses;
  /** Connected to it before anybody else listens there, so that it is this server that is asked, and no other. */
  readonly line: Socket;
}

/**
 * Who has the data directory and does not listen is about to, or about to go: waits for either. Undefined: there is nobody,
 * and this is a start like any other.
 *
 * @throws {AditError} 9215. The stack hangs up.
 */
export async function findPredecessor(
  stack: AsyncDisposableStack,
  { settings, claimDirectory, clock, log }: Foundation,
): Promise<Predecessor | undefined> {
  const letProcessGo = keepProcess();
  try {
    for (const endMs = clock.now() + findTimeoutMs; ; ) {
      if (claimDirectory()) return undefined;
      if (!canShareListeners) throw cannot('this system does not let two servers listen on one port');
      const place = await readRunningServer(settings.dataDir);
      const line = place && (await reach(place.operatorAt));
      if (line) stack.defer(() => void line.destroy());
      if (line) return { place, line };
      if (clock.now() >= endMs) throw cannot(place ? `it does not answer on ${place.operator}` : 'it does not listen');
      log.debug({}, 'Another server has the data directory and does not listen');
      await pause(clock, claimPauseMs);
    }
  } finally {
    letProcessGo();
  }
}

async function reach(address: RunningAddresses['operatorAt']): Promise<Socket | undefined> {
  const line = connect(address);
  try {
    await once(line, 'connect', { signal: AbortSignal.timeout(askTimeoutMs) });
  } catch {
    return void line.destroy();
  }
  // What goes wrong later is the request's to tell.
  return line.on('error', () => {});
}

/** All that this server needs is there: has the predecessor go, and from now on expects its agents. @throws {AditError} 9215. */
export async function takeOver(
  { place, line }: Predecessor,
  { signingKey, directory, clock }: Pick<Foundation, 'signingKey' | 'clock'> & Pick<Rooms, 'directory'>,
): Promise<void> {
  directory.expectArrivals(arrivalsMs);
  const headers = { authorization: `Bearer ${ownerProof('hand-over', signingKey, clock.timeOfDay())}` };
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
export function untilGone(
  { clock, claimDirectory, log }: Pick<Foundation, 'clock' | 'claimDirectory' | 'log'>,
  onGone: () => void,
): () => void {
  let cancel = (): void => {};
  const tryIt = (): void => {
    if (!claimDirectory()) {
      cancel = clock.after(claimPauseMs, tryIt);
      return;
    }
    log.info({}, 'The server before this one is gone');
    onGone();
  };
  tryIt();
  return () => cancel();
}

function cannot(why: string, cause?: unknown): AditError {
  return new AditError(9215, `Cannot take over from the running server: ${why}`, { cause });
}

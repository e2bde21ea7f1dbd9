// The composition root: this file and compose/ are the only places that know all rooms. They open them in an order in
// which each finds what it needs, and close them in reverse. Wiring, no decisions.
import { keepProcess } from './clock/keep-process.ts';
import { HandOver } from './compose/hand-over/hand-over.ts';
import { arrivalsMs, findPredecessor, takeOver, untilGone } from './compose/hand-over/take-over.ts';
import { ListenerSet } from './compose/listener-set.ts';
import { openConsole } from './compose/open-console.ts';
import { type Foundation, openFoundation } from './compose/open-foundation.ts';
import { openListeners } from './compose/open-listeners.ts';
import { openRooms } from './compose/open-rooms.ts';
import type { ReadyInfo } from './compose/ready-info.ts';
import { watchStore } from './compose/watch-store.ts';
import type { ServerOptions } from './config/server-options.ts';
import { firstRun } from './control/first-run.ts';
import { issueCredential } from './control/issue-credential.ts';
import { removeRunningServer, writeRunningServer } from './data-dir/running-server.ts';

export interface RunningServer {
  readonly ready: ReadyInfo;
  /** A new authtoken of the first administrator, for programs that run the server themselves. */
  issueAuthtoken(): Promise<string>;
  /** Resolves when another server has taken this one's place and visitors and agents have gone there: time to stop. */
  readonly handedOver: Promise<void>;
  /** Stops accepting, lets what is under way finish (bounded), closes everything. Calling twice is harmless. */
  stop(): Promise<void>;
}

export interface StartChoices {
  /** Take the next free public port when one is taken, and tell; without it a taken port is an error. */
  readonly onPortTaken?: (taken: number, chosen: number) => void;
}

/**
 * Starts a whole server in this process. When it resolves everything listens.
 *
 * @throws {AditError} 9210–9213: the data directory. 9215: another server's place cannot be taken. 9220–9222: ports. 9230:
 *   certificates. 9280: databases of addresses. What was opened is closed again.
 */
export async function startServer(options: ServerOptions, choices: StartChoices = {}): Promise<RunningServer> {
  const opened = new AsyncDisposableStack();
  const letProcessGo = keepProcess();
  try {
    const foundation = await openFoundation(opened, options);
    const { ready, handedOver } = await openHouse(opened, { foundation, choices });
    return {
      ready,
      handedOver,
      stop: () => stop(opened),
      issueAuthtoken: () => issueAuthtoken(foundation),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  } finally {
    letProcessGo();
  }
}

/** What is waited for on the way may be a timer, which keeps no process; so it is when a server starts. */
async function stop(opened: AsyncDisposableStack): Promise<void> {
  const letProcessGo = keepProcess();
  await opened.disposeAsync().finally(letProcessGo);
}

/** After a restart most agents are back by then. Visitors wait for theirs so long before they are told that it is offline. */
const arrivalsAfterRestartMs = 6_000;

async function openHouse(
  opened: AsyncDisposableStack,
  { foundation, choices }: { foundation: Foundation; choices: StartChoices },
): Promise<{ ready: ReadyInfo; handedOver: Promise<void> }> {
  const { log, settings, bus } = foundation;
  let predecessor = await findPredecessor(opened, foundation);
  const rooms = await openRooms(opened, { foundation, bus });
  opened.defer(watchStore(foundation, foundation.bus));
  const console = await openConsole(opened, { foundation, rooms, bus, publicUrl: () => addresses.api });
  const isShared = (): boolean => predecessor !== undefined;
  const listeners = new ListenerSet(opened, { ...foundation, ...choices, isShared });
  const handOver = new HandOver({ ...foundation, ...rooms, listeners });
  opened.defer(() => handOver.close());
  // Visitors come as soon as this server listens; agents when the other one has been asked, or when they notice.
  const hasRunBefore = (await foundation.store.findFirstAdministrator()) !== undefined;
  if (hasRunBefore) rooms.directory.expectArrivals(predecessor ? arrivalsMs : arrivalsAfterRestartMs);
  const { operatorAt, ...addresses } = await openListeners(listeners, {
    ...foundation,
    ...rooms,
    ...console,
    handOver,
  });
  const { caFile } = rooms.certificates;
  const place = { event: 'ready', ...addresses, caFile } as const;
  let stays = predecessor;
  await writeRunningServer(settings.dataDir, { ...place, operatorAt });
  opened.defer(async () => {
    // After a hand-over it is the other server that the file tells of; so it is when that did not come about.
    if (stays) await writeRunningServer(settings.dataDir, stays.place);
    else if (!handOver.isBegun) await removeRunningServer(settings.dataDir);
  });
  // Nothing that may fail comes behind this: the old server goes.
  if (predecessor) await takeOver(predecessor, { ...foundation, ...rooms });
  stays = undefined;
  if (predecessor)
    opened.defer(
      untilGone(foundation, () => {
        predecessor = undefined;
      }),
    );
  log.info({ ...addresses }, 'Ready');
  // Authorities come to look at the public ports, which are open now.
  rooms.acme?.manager.start();
  // Last of all: its secrets are shown once, so nothing may fail between making and showing them.
  return { ready: { ...place, firstRun: await firstRun(foundation.store) }, handedOver: handOver.done };
}

async function issueAuthtoken({ store }: Foundation): Promise<string> {
  const owner = await store.findFirstAdministrator();
  if (!owner) throw new RangeError('The first run has not happened');
  return (await issueCredential(store, owner, { kind: 'authtoken', actor: null })).secret;
}

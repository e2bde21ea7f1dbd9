// A server that another one takes the place of, at the same addresses (docs/adr/0007). This file is the old server's side.

import { keepProcess } from '../../clock/keep-process.ts';
import { quietTurn } from '../../clock/quiet-turn.ts';
import { pause, waitUntil } from '../../domain/wait.ts';
import type { Foundation } from '../open-foundation.ts';
import type { Rooms } from '../open-rooms.ts';

/** Connections that are carried as they are have that long to come to their end. */
const rawDrainMs = 10_000;
/** Visitors whose connections are open have that long for one more request, which is answered here. */
const lastCallMs = 1_500;

type HandOverDeps = Pick<Foundation, 'clock' | 'log'> &
  Pick<Rooms, 'agents' | 'front' | 'rawFront' | 'tcpPorts'> & {
    /** Those of tcp endpoints are not among them: they stay until the agents have moved. */
    readonly listeners: { stopAccepting(): Promise<void> };
  };

/** Gives everything to the server that listens beside this one, and lets nobody fall who is under way. */
export class HandOver {
  readonly #deps: HandOverDeps;
  readonly #done = Promise.withResolvers<void>();
  #isBegun = false;
  /** Its listeners are closed, and its clock keeps no process. */
  #letProcessGo = (): void => {};

  constructor(deps: HandOverDeps) {
    this.#deps = deps;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Resolves when visitors and agents have gone, or the time for it is over: what is left may be stopped. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** The other server listens. Calling twice is harmless. */
  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#letProcessGo = keepProcess();
    this.#run()
      .catch((error: unknown) => this.#deps.log.error({ err: error }, 'Handing over failed'))
      .finally(this.#done.resolve);
  }

  close(): void {
    this.#letProcessGo();
  }

  async #run(): Promise<void> {
    const { clock, log, agents, front, rawFront, tcpPorts, listeners } = this.#deps;
    log.info({}, 'Another server takes over');
    front.lastCall();
    const isCalled = pause(clock, lastCallMs);
    await Promise.all([
      this.#closeQuietly(() => listeners.stopAccepting()),
      isCalled.then(() => front.drain()),
      agents.moveOn(isCalled).then(() => this.#closeQuietly(() => tcpPorts.closeAll())),
    ]);
    await waitUntil(clock, () => rawFront.connectionCount === 0, rawDrainMs);
    log.info({}, 'Handed over');
  }

  /** What waits to be accepted when a listener is closed is lost; in a quiet turn that is hardly ever anything. */
  async #closeQuietly(close: () => Promise<void>): Promise<void> {
    await quietTurn();
    await close();
  }
}

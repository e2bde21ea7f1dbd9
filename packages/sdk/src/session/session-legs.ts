import type { AditError } from '@adit/contracts';
import { watchWake } from './connect-wake.ts';
import { PersistentConnection, type PersistentConnectionOptions } from './persistent-connection.ts';
import type { ServerConnection } from './server-connection.ts';
import type { LegStatus, SessionStatus } from './session-events.ts';

export interface SessionLegsOptions
  extends Omit<PersistentConnectionOptions, 'isFirst' | 'legNumber' | 'onStatus' | 'onRoundTrip'> {
  /** How many connections the session keeps. */
  readonly legCount: number;
  /** Milliseconds since 1970. */
  timeOfDay(): number;
  /** Of the whole: online as long as one leg is. */
  onStatus(status: SessionStatus): void;
  onRoundTrip(milliseconds: number): void;
}

/** All connections of a session. The first begins it, the others join it (agent protocol, §14.4). */
export class SessionLegs {
  readonly #options: SessionLegsOptions;
  readonly #legs: PersistentConnection[];
  readonly #roundTripsMs: (number | null)[];
  #next = newNext();
  #isHalted = false;
  #isOnline = false;
  #hasBegun = false;
  #stopWatching: () => void = () => {};

  constructor(options: SessionLegsOptions) {
    this.#options = options;
    this.#legs = Array.from({ length: options.legCount }, (_, index) => this.#newLeg(index));
    this.#roundTripsMs = this.#legs.map(() => null);
  }

  /** The live connections. */
  get connections(): ServerConnection[] {
    return this.#legs.flatMap((leg) => leg.current ?? []);
  }

  get statuses(): LegStatus[] {
    return this.#legs.map((leg, index) => ({
      state: leg.current ? 'online' : 'reconnecting',
      roundTripMs: this.#roundTripsMs[index] ?? null,
    }));
  }

  /** A live connection or the next one. @throws {AditError} 9305, or why the session ended: there will be none. */
  whenOnline(): Promise<ServerConnection> {
    const [live] = this.#isHalted ? [] : this.connections;
    return live ? Promise.resolve(live) : this.#next.promise;
  }

  /** The first leg connects, once; the others follow in their time. @throws {AditError} As `ServerConnection.open`. */
  async start(): Promise<void> {
    const [first, ...others] = this.#legs;
    await this.#options.identity.load();
    await first?.start();
    for (const leg of others) void leg.startPatiently();
    const { clock, timeOfDay } = this.#options;
    this.#stopWatching = watchWake({ clock, timeOfDay, onWake: () => this.#wake() });
  }

  /** No further attempt. Live connections stay. */
  halt(reason: AditError): void {
    this.#stopWatching();
    for (const leg of this.#legs) leg.halt(reason);
    this.#isHalted = true;
    this.#next.reject(reason);
  }

  /** The server of this connection goes. Answers the connection that takes its place; undefined: there is none. */
  async replace(connection: ServerConnection): Promise<ServerConnection | undefined> {
    return await this.#legs.find(({ current }) => current === connection)?.replace();
  }

  #wake(): void {
    for (const leg of this.#legs) leg.wake();
  }

  #newLeg(index: number): PersistentConnection {
    return new PersistentConnection({
      ...this.#options,
      isFirst: index === 0,
      legNumber: () => this.#numberOf(index),
      onStatus: (status) => this.#onStatus(status),
      onConnected: (connection, replaced) => this.#onConnected(connection, replaced),
      onRoundTrip: (milliseconds) => {
        this.#roundTripsMs[index] = milliseconds;
        this.#options.onRoundTrip(milliseconds);
      },
    });
  }

  /** 0 takes over whatever there is of the session: right for its only connection, and for the first of this process. */
  #numberOf(index: number): number {
    return this.#legs.length === 1 || !this.#hasBegun ? 0 : index + 1;
  }

  #onConnected(connection: ServerConnection, replaced: ServerConnection | undefined): void {
    this.#hasBegun = true;
    const next = this.#next;
    this.#next = newNext();
    next.resolve(connection);
    this.#options.onConnected(connection, replaced);
  }

  #onStatus(status: SessionStatus): void {
    const isOnline = this.connections.length > 0;
    // What becomes of one leg is no news while another one serves.
    const isNews = !isOnline || !this.#isOnline;
    this.#isOnline = isOnline;
    if (isNews) this.#options.onStatus(status);
  }
}

/** A promise that may be rejected while nobody waits for it. */
function newNext() {
  const next = Promise.withResolvers<ServerConnection>();
  next.promise.catch(() => {});
  return next;
}

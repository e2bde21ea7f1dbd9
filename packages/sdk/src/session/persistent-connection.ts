import { AditError, toAditError } from '@adit/contracts';
import type { MuxStream } from '@adit/wire';
import { connectLimits } from '../dial/connect-limits.ts';
import { backoffMs } from './backoff.ts';
import { type ConnectionOptions, ServerConnection } from './server-connection.ts';
import type { SessionStatus } from './session-events.ts';
import type { SessionIdentity } from './session-identity.ts';
import type { SessionState } from './state-file.ts';

export interface PersistentConnectionOptions
  extends Pick<
    ConnectionOptions,
    'address' | 'context' | 'transport' | 'proxy' | 'timeoutMs' | 'clock' | 'facts' | 'onRoundTrip'
  > {
  readonly identity: SessionIdentity;
  /** The one that begins the session; the others join it. */
  readonly isFirst: boolean;
  /** Of the next connection: 0 for one that begins the session anew, if need be by takeover; see `authRequest`. */
  legNumber(): number;
  /** Answers 0 ≤ n < 1; spreads reconnects. */
  random(): number;
  onStatus(status: SessionStatus): void;
  /** Online: bind what is to be served. `replaced` is the connection whose place it takes while that still lives. */
  onConnected(connection: ServerConnection, replaced: ServerConnection | undefined): void;
  /** The server will not have us: no further attempt is made. */
  onRefused(error: AditError): void;
  onStream(stream: MuxStream, connection: ServerConnection): void;
}

/** Refusals of the credential or account: no retry can change them. */
const finalCodes: ReadonlySet<number> = new Set([105, 107, 300]);

/** One leg of a session: its live connection, or the attempts to get the next. */
export class PersistentConnection {
  readonly #options: PersistentConnectionOptions;
  readonly #halted = new AbortController();
  #current: ServerConnection | undefined;
  #isDialling = false;
  #onlineSinceMs = 0;
  #attempt = 0;
  /** Since it was online for good, or, if it never was, since the first attempt. */
  #goneSinceMs: number;
  #endPause: () => void = () => {};

  constructor(options: PersistentConnectionOptions) {
    this.#options = options;
    this.#goneSinceMs = options.clock.now();
  }

  /** The live connection; undefined while there is none. */
  get current(): ServerConnection | undefined {
    return this.#current?.isLost ? undefined : this.#current;
  }

  /** Connects for the first time, once: a wrong address or token should be told, not retried. @throws as `open`. */
  async start(): Promise<void> {
    this.#adopt(await this.#open());
  }

  /** Connects for the first time, for as long as it takes. */
  async startPatiently(): Promise<void> {
    await this.#connect(undefined);
  }

  /** No further attempt. A live connection stays. */
  halt(reason: AditError): void {
    this.#halted.abort(reason);
  }

  /** The machine has slept: what is lost is seen now, not when a heartbeat is due; nobody waits out a pause from before. */
  wake(): void {
    void this.current?.probe();
    this.#endPause();
  }

  /**
   * The server goes: dials again until another one is there. Meanwhile, and afterwards, the old one serves what it has.
   * Answers the new connection; undefined: there will be none.
   */
  async replace(): Promise<ServerConnection | undefined> {
    if (this.#isDialling) return undefined;
    this.#beginAttempts();
    await this.#connect(undefined);
    return this.current;
  }

  async #open(): Promise<ServerConnection> {
    if (!this.#options.isFirst) return await this.#join();
    const { identity, legNumber } = this.#options;
    const { state } = identity;
    try {
      return await this.#openAs(state, legNumber());
    } catch (error) {
      // A fresh session always works.
      if (!state || identity.state) throw error;
      return await this.#openAs(undefined, 0);
    }
  }

  async #join(): Promise<ServerConnection> {
    const { identity, legNumber, address } = this.#options;
    const { state } = identity;
    if (!state) throw new AditError(9305, 'Cannot open another leg: the session is about to begin anew');
    const connection = await this.#openAs(state, legNumber());
    if (connection.welcome.state.clientId === state.clientId) return connection;
    connection.destroy();
    throw new AditError(9303, `Cannot open another leg: "${address.text}" made it a session of its own`);
  }

  async #openAs(state: SessionState | undefined, legNumber: number): Promise<ServerConnection> {
    const { identity } = this.#options;
    try {
      return await ServerConnection.open({ ...this.#options, state, legNumber, signal: this.#halted.signal });
    } catch (error) {
      // 110: the server does not know our cookie (any more). Each further attempt with it counts against our address.
      if (state && error instanceof AditError && error.code === 110) identity.forget(state);
      throw error;
    }
  }

  #adopt(connection: ServerConnection): void {
    if (this.#halted.signal.aborted) {
      connection.destroy();
      throw this.#halted.signal.reason;
    }
    const { state, account, serverVersion } = connection.welcome;
    const replaced = this.current;
    this.#current = connection;
    this.#onlineSinceMs = this.#options.clock.now();
    this.#options.identity.keep(state);
    if (!replaced) this.#options.onStatus({ state: 'online', account, serverVersion });
    void connection.lost.then((error) => this.#onLost(connection, error));
    this.#options.onConnected(connection, replaced);
  }

  #onLost(connection: ServerConnection, error: AditError): void {
    if (this.#current !== connection || this.#halted.signal.aborted) return;
    if (this.#isDialling) return this.#tellRetry(error, 0);
    const wasStable = this.#options.clock.now() - this.#onlineSinceMs >= connectLimits.stableMs;
    if (wasStable) this.#beginAttempts();
    void this.#connect(error);
  }

  #beginAttempts(): void {
    this.#attempt = 0;
    this.#goneSinceMs = this.#options.clock.now();
  }

  async #connect(reason: AditError | undefined): Promise<void> {
    this.#isDialling = true;
    const connection = await this.#retry(reason);
    this.#isDialling = false;
    if (!connection || this.#halted.signal.aborted) return connection?.destroy();
    this.#adopt(connection);
  }

  /** Undefined when there will be no connection: halted or refused. */
  async #retry(reason: AditError | undefined): Promise<ServerConnection | undefined> {
    for (let error = reason; !error || !finalCodes.has(error.code); ) {
      const { random, clock } = this.#options;
      const retryInMs = backoffMs(this.#attempt, { random, goneForMs: clock.now() - this.#goneSinceMs });
      this.#tellRetry(error, retryInMs);
      this.#attempt += 1;
      await this.#pause(retryInMs);
      if (this.#halted.signal.aborted) return undefined;
      try {
        return await this.#open();
      } catch (failure) {
        if (this.#halted.signal.aborted) return undefined;
        error = toAditError(failure);
        if (finalCodes.has(error.code)) this.#options.onRefused(error);
      }
    }
    return undefined;
  }

  /** Nobody is told of attempts while there is a connection. */
  #tellRetry(error: AditError | undefined, retryInMs: number): void {
    if (!error || this.current) return;
    this.#options.onStatus({ state: 'reconnecting', error, attempt: this.#attempt, retryInMs });
  }

  #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#halted;
    const cancel = this.#options.clock.after(delayMs, resolve);
    const stop = () => {
      cancel();
      resolve();
    };
    this.#endPause = stop;
    signal.addEventListener('abort', stop, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', stop));
  }
}

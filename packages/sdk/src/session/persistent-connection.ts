import { AditError, toAditError } from '@adit/contracts';
import type { MuxStream } from '@adit/wire';
import { connectLimits } from '../dial/connect-limits.ts';
import { backoffMs } from './backoff.ts';
import { watchWake } from './connect-wake.ts';
import { type ConnectionOptions, ServerConnection } from './server-connection.ts';
import type { SessionStatus } from './session-events.ts';
import type { SessionState, StateFile } from './state-file.ts';

export interface PersistentConnectionOptions
  extends Pick<
    ConnectionOptions,
    'address' | 'context' | 'transport' | 'proxy' | 'timeoutMs' | 'clock' | 'facts' | 'onRoundTrip'
  > {
  readonly stateFile: StateFile | undefined;
  /** Milliseconds since 1970. */
  timeOfDay(): number;
  /** Answers 0 ≤ n < 1; spreads reconnects. */
  random(): number;
  onStatus(status: SessionStatus): void;
  /** Online again after a loss: bind again what was bound. */
  onReconnected(connection: ServerConnection): void;
  /** The server will not have us: no further attempt is made. */
  onRefused(error: AditError): void;
  onStream(stream: MuxStream, connection: ServerConnection): void;
}

/** Refusals of the credential or account: no retry can change them. */
const finalCodes: ReadonlySet<number> = new Set([105, 107, 300]);

/** The connection of a session: the live one, or the attempts to get the next. Proves its identity to the next one. */
export class PersistentConnection {
  readonly #options: PersistentConnectionOptions;
  readonly #halted = new AbortController();
  #online = newOnline();
  #current: ServerConnection | undefined;
  #state: SessionState | undefined;
  #onlineSinceMs = 0;
  #attempt = 0;
  #endPause: () => void = () => {};

  constructor(options: PersistentConnectionOptions) {
    this.#options = options;
  }

  /** The live connection; undefined while there is none. */
  get current(): ServerConnection | undefined {
    return this.#current?.isLost ? undefined : this.#current;
  }

  /** The live connection or the next one. @throws {AditError} 9305, or why the session ended: there will be none. */
  whenOnline(): Promise<ServerConnection> {
    return this.#online.promise;
  }

  /** Connects for the first time, once: a wrong address or token should be told, not retried. */
  async start(): Promise<void> {
    this.#state = await this.#options.stateFile?.load();
    this.#adopt(await this.#open());
    const { clock, timeOfDay } = this.#options;
    const stop = watchWake({ clock, timeOfDay, onWake: () => this.#onWake() });
    this.#halted.signal.addEventListener('abort', stop, { once: true });
  }

  /** No further attempt. A live connection stays. */
  halt(reason: AditError): void {
    this.#halted.abort(reason);
    if (this.current) this.#online = newOnline();
    this.#online.reject(reason);
  }

  /** What is lost is seen now, and not when a heartbeat is due; and nobody waits out a pause from before. */
  #onWake(): void {
    void this.current?.probe();
    this.#endPause();
  }

  async #open(): Promise<ServerConnection> {
    const options = { ...this.#options, state: this.#state, signal: this.#halted.signal };
    try {
      return await ServerConnection.open(options);
    } catch (error) {
      // 110: the server does not know our cookie (any more). A fresh session always works.
      if (!(error instanceof AditError) || error.code !== 110 || !this.#state) throw error;
      this.#state = undefined;
      return await ServerConnection.open({ ...options, state: undefined });
    }
  }

  #adopt(connection: ServerConnection): void {
    if (this.#halted.signal.aborted) {
      connection.destroy();
      throw this.#halted.signal.reason;
    }
    const { state, account, serverVersion } = connection.welcome;
    this.#current = connection;
    this.#state = state;
    this.#onlineSinceMs = this.#options.clock.now();
    // A failure to write costs the takeover after a crash, nothing worse.
    this.#options.stateFile?.save(state).catch(() => {});
    this.#options.onStatus({ state: 'online', account, serverVersion });
    this.#online.resolve(connection);
    void connection.lost.then((error) => this.#reconnect(error));
  }

  async #reconnect(reason: AditError): Promise<void> {
    if (this.#halted.signal.aborted) return;
    this.#online = newOnline();
    if (this.#options.clock.now() - this.#onlineSinceMs >= connectLimits.stableMs) this.#attempt = 0;
    const connection = await this.#retry(reason);
    if (!connection || this.#halted.signal.aborted) return connection?.destroy();
    this.#adopt(connection);
    this.#options.onReconnected(connection);
  }

  /** Undefined when there will be no connection: halted or refused. */
  async #retry(reason: AditError): Promise<ServerConnection | undefined> {
    for (let error = reason; !finalCodes.has(error.code); ) {
      const retryInMs = backoffMs(this.#attempt, this.#options.random);
      this.#options.onStatus({ state: 'reconnecting', error, attempt: this.#attempt++, retryInMs });
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

/** A promise that may be rejected while nobody waits for it. */
function newOnline() {
  const online = Promise.withResolvers<ServerConnection>();
  online.promise.catch(() => {});
  return online;
}

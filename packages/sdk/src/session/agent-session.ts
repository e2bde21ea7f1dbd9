import { EventEmitter } from 'node:events';
import { AditError, toAditError } from '@adit/contracts';
import { connectLimits } from '../dial/connect-limits.ts';
import { type Forward, ForwardBinding, type ForwardOptions } from '../forward/forward.ts';
import { type ListenOptions, listen } from '../listen/listen.ts';
import type { Listener } from '../listen/listener.ts';
import { backoffMs } from './backoff.ts';
import { PersistentConnection, type PersistentConnectionOptions } from './persistent-connection.ts';
import type { ServerConnection } from './server-connection.ts';
import { type StreamHost, serveStream } from './server-streams.ts';
import type { SessionEvents, SessionStatus } from './session-events.ts';

export type SessionDeps = Pick<
  PersistentConnectionOptions,
  'address' | 'context' | 'transport' | 'proxy' | 'timeoutMs' | 'clock' | 'timeOfDay' | 'facts' | 'stateFile' | 'random'
> & {
  /** See `ConnectOptions`. */
  readonly onRestart?: (() => void) | undefined;
};

/**
 * A session with a server that outlives its connections. Made by `connect()`, which has authenticated it once. When the
 * connection is lost it reconnects for ever: at once, then after random waits of up to 0.25 s doubling to 30 s; and
 * binds every forward again under its old id and name. Only `close()`, the signal, an operator's stop or a refused
 * credential end it. See `SessionEvents` for what it emits.
 */
export class AgentSession extends EventEmitter<SessionEvents> {
  /** Resolves when the session is over: null after `close()` or a stop, else why. Never rejects. */
  readonly closed: Promise<AditError | null>;
  readonly #deps: SessionDeps;
  readonly #link: PersistentConnection;
  readonly #end = Promise.withResolvers<AditError | null>();
  readonly #forwards = new Set<ForwardBinding>();
  readonly #bindsUnderWay = new Set<Promise<void>>();
  #status: SessionStatus = { state: 'connecting' };
  #isOver = false;

  private constructor(deps: SessionDeps) {
    super();
    const host = this.#streamHost(deps);
    this.#deps = deps;
    this.closed = this.#end.promise;
    this.#link = new PersistentConnection({
      ...deps,
      onStatus: (status) => this.#setStatus(status),
      onReconnected: (connection) => void this.#bindAllAgain(connection),
      onRefused: (error) => void this.#finish('failed', error),
      onRoundTrip: (milliseconds) => void this.emit('roundTrip', milliseconds),
      onStream: (stream, { isAdit }) => serveStream(stream, host, isAdit),
    });
  }

  /** `connect()` with everything read and resolved. */
  static async start(deps: SessionDeps, signal?: AbortSignal): Promise<AgentSession> {
    signal?.throwIfAborted();
    const session = new AgentSession(deps);
    const close = () => void session.close();
    signal?.addEventListener('abort', close, { once: true });
    void session.closed.then(() => signal?.removeEventListener('abort', close));
    try {
      await session.#link.start();
    } catch (error) {
      await session.#finish('failed', toAditError(error));
      signal?.throwIfAborted();
      throw error;
    }
    return session;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /**
   * Puts a public URL online and carries its visitors to the upstream. While the session is reconnecting it waits.
   *
   * @throws {AditError} 9304, 326, 332, 9201: an option is wrong. The server's refusal, e.g. 334 or 9404 for a name that
   *   is taken or reserved. 9303: broken answer. 9305: the session is over.
   */
  async forward(options: ForwardOptions): Promise<Forward> {
    const binding = new ForwardBinding(options);
    let connection: ServerConnection;
    do {
      connection = await this.#link.whenOnline();
      await this.#bind(binding, connection).catch((error: unknown) => {
        if (!connection.isLost) throw error;
      });
    } while (connection.isLost);
    if (this.#isOver) throw new AditError(9305);
    return handleOf(binding, () => this.#closeForward(binding));
  }

  /** Puts a public URL online whose visitors come to this program. @throws {AditError} As `forward`; the signal's reason. */
  async listen(options: ListenOptions = {}): Promise<Listener> {
    return await listen(this, options);
  }

  /**
   * Takes every forward offline and ends the session. Open visitor connections are cut. Resolves within a second; calling
   * twice is harmless.
   */
  async close(): Promise<void> {
    await this.#finish('closed', null);
  }

  /** Binds and, if connection and forward still stand, has the forward in the set before a visitor is looked up. */
  async #bind(binding: ForwardBinding, connection: ServerConnection): Promise<void> {
    const attempt = binding.bind(connection).then(() => {
      if (connection.isLost || this.#isOver || binding.isClosed) return;
      this.#forwards.add(binding);
      this.emit('forward', { state: 'online', id: binding.id, url: binding.url });
    });
    this.#bindsUnderWay.add(attempt);
    await attempt.finally(() => this.#bindsUnderWay.delete(attempt));
  }

  async #bindAllAgain(connection: ServerConnection): Promise<void> {
    for (const binding of this.#forwards) await this.#bindAgain(binding, connection, 0);
  }

  /** What may change by itself (name still held by a ghost, server starting) is tried again while the connection lasts. */
  async #bindAgain(binding: ForwardBinding, connection: ServerConnection, attempt: number): Promise<void> {
    if (binding.isClosed || connection.isLost || this.#isOver) return;
    try {
      await this.#bind(binding, connection);
      if (binding.isClosed) await binding.unbind(connection);
    } catch (failure) {
      const error = toAditError(failure);
      if (connection.isLost || binding.isClosed) return;
      if (!passingKinds.has(error.kind)) return this.#drop(binding, error);
      this.emit('forward', { state: 'waiting', id: binding.id, url: binding.url, error });
      const { clock, random } = this.#deps;
      const next = attempt + 1;
      binding.cancelRetry = clock.after(backoffMs(next, random), () => void this.#bindAgain(binding, connection, next));
    }
  }

  async #closeForward(binding: ForwardBinding): Promise<void> {
    this.#drop(binding, null);
    const connection = this.#link.current;
    // If the connection is lost meanwhile, it is not bound again: the same.
    if (connection) await binding.unbind(connection).catch(() => {});
  }

  #drop(binding: ForwardBinding, reason: AditError | null): void {
    this.#forwards.delete(binding);
    if (!binding.end(reason)) return;
    this.emit('forward', { state: 'closed', id: binding.id, url: binding.url, error: reason });
  }

  #find(id: string): ForwardBinding | undefined {
    for (const binding of this.#forwards) if (binding.id === id) return binding;
    return undefined;
  }

  #streamHost({ clock, onRestart }: SessionDeps): StreamHost {
    return {
      clock,
      findForward: async (id) => {
        const known = this.#find(id);
        if (known || this.#bindsUnderWay.size === 0) return known;
        await Promise.allSettled(this.#bindsUnderWay);
        return this.#find(id);
      },
      onConnection: (event) => void this.emit('connection', event),
      onStop: () => void this.#finish('stopped', null),
      onRestart,
      onStopForward: (id, reason) => {
        const binding = this.#find(id);
        if (binding) this.#drop(binding, reason);
      },
    };
  }

  #setStatus(status: SessionStatus): void {
    this.#status = status;
    this.emit('status', status);
  }

  async #finish(reason: 'closed' | 'stopped' | 'failed', error: AditError | null): Promise<void> {
    if (this.#isOver) return void (await this.closed);
    this.#isOver = true;
    this.#link.halt(error ?? new AditError(9305));
    const connection = this.#link.current;
    if (connection && reason === 'closed') {
      await Promise.allSettled(
        [...this.#forwards].map((binding) => binding.unbind(connection, connectLimits.unbindTimeoutMs)),
      );
    }
    await connection?.close();
    if (reason !== 'failed') await this.#deps.stateFile?.clear().catch(() => {}); // At worst a useless takeover later.
    this.#deps.stateFile?.release();
    for (const binding of this.#forwards) this.#drop(binding, error);
    this.#setStatus({ state: 'closed', reason, error });
    this.#end.resolve(error);
  }
}

const passingKinds: ReadonlySet<string> = new Set(['conflict', 'unavailable', 'timeout', 'limit_exceeded', 'internal']);

function handleOf(binding: ForwardBinding, close: () => Promise<void>): Forward {
  return {
    get id() {
      return binding.id;
    },
    get url() {
      return binding.url;
    },
    upstreamUrl: binding.upstream.url,
    closed: binding.closed.promise,
    close,
  };
}

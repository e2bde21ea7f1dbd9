import { EventEmitter } from 'node:events';
import { AditError, toAditError } from '@adit/contracts';
import { connectLimits } from '../dial/connect-limits.ts';
import { type Forward, ForwardBinding, type ForwardOptions } from '../forward/forward.ts';
import { type ListenOptions, listen } from '../listen/listen.ts';
import type { Listener } from '../listen/listener.ts';
import { backoffMs } from './backoff.ts';
import type { ServerConnection } from './server-connection.ts';
import { type StreamHost, serveStream } from './server-streams.ts';
import type { LegStatus, SessionEvents, SessionStatus } from './session-events.ts';
import { SessionLegs, type SessionLegsOptions } from './session-legs.ts';

export type SessionDeps = Omit<
  SessionLegsOptions,
  'onStatus' | 'onConnected' | 'onRefused' | 'onRoundTrip' | 'onStream'
> & {
  /** See `ConnectOptions`. */
  readonly onRestart?: (() => void) | undefined;
  readonly checkRestart?: (() => Promise<void>) | undefined;
};

/**
 * A session with a server that outlives its connections. Made by `connect()`, which has authenticated it once. When a
 * connection is lost it reconnects for ever: at once, then after random waits of up to 0.25 s doubling to 30 s; and
 * binds every forward again under its old id and name. Only `close()`, the signal, an operator's stop or a refused
 * credential end it. See `SessionEvents` for what it emits.
 */
export class AgentSession extends EventEmitter<SessionEvents> {
  /** Resolves when the session is over: null after `close()` or a stop, else why. Never rejects. */
  readonly closed: Promise<AditError | null>;
  readonly #deps: SessionDeps;
  readonly #legs: SessionLegs;
  readonly #end = Promise.withResolvers<AditError | null>();
  readonly #forwards = new Set<ForwardBinding>();
  readonly #bindsUnderWay = new Set<Promise<void>>();
  /** Connections whose servers are going: they serve what still comes there. */
  readonly #replaced = new Set<ServerConnection>();
  /** Settle when a connection serves all that it can. */
  readonly #serving = new WeakMap<ServerConnection, Promise<void>>();
  #status: SessionStatus = { state: 'connecting' };
  #isOver = false;

  private constructor(deps: SessionDeps) {
    super();
    const host = this.#streamHost(deps);
    this.#deps = deps;
    this.closed = this.#end.promise;
    this.#legs = new SessionLegs({
      ...deps,
      onStatus: (status) => this.#setStatus(status),
      onConnected: (connection, replaced) => {
        if (replaced) this.#retire(replaced);
        this.#serving.set(connection, this.#serveBy(connection));
      },
      onRefused: (error) => void this.#finish('failed', error),
      onRoundTrip: (milliseconds) => void this.emit('roundTrip', milliseconds),
      onStream: (stream, connection) => serveStream(stream, host, connection),
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
      await session.#legs.start();
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

  /** Its connections, as many as `ConnectOptions.legs` says. */
  get legs(): readonly LegStatus[] {
    return this.#legs.statuses;
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
      connection = await this.#legs.whenOnline();
      await this.#bind(binding, connection).catch((error: unknown) => {
        if (!connection.isLost) throw error;
      });
    } while (connection.isLost);
    if (this.#isOver) throw new AditError(9305);
    for (const other of this.#legs.connections) void this.#bindAgain(binding, other);
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
    const others = this.#connectionsOf(binding);
    const attempt = binding.bind(connection, { mayStartOver: others.length === 0 }).then(() => {
      if (connection.isLost || this.#isOver || binding.isClosed) return;
      this.#forwards.add(binding);
      if (others.length === 0) this.emit('forward', { state: 'online', id: binding.id, url: binding.url });
    });
    this.#bindsUnderWay.add(attempt);
    await attempt.finally(() => this.#bindsUnderWay.delete(attempt));
  }

  async #serveBy(connection: ServerConnection): Promise<void> {
    for (const binding of this.#forwards) await this.#bindAgain(binding, connection);
  }

  /** @throws {AditError} 9305: there is no other server, or it does not serve everything. */
  async #moveFrom(connection: ServerConnection): Promise<void> {
    const next = await this.#legs.replace(connection);
    if (!next) throw new AditError(9305, 'Cannot go on at another server: there is none');
    await this.#serving.get(next);
    const missing = [...this.#forwards].find((binding) => binding.idAt(next) === undefined);
    if (missing) throw new AditError(9305, `Cannot go on at another server with ${shown(missing)}`);
  }

  #retire(connection: ServerConnection): void {
    this.#replaced.add(connection);
    void connection.lost.then(() => this.#replaced.delete(connection));
  }

  /** What may change by itself (name still held by a ghost, server starting) is tried again while the connection lasts. */
  async #bindAgain(binding: ForwardBinding, connection: ServerConnection, attempt = 0): Promise<void> {
    binding.retries.delete(connection);
    if (binding.isClosed || binding.idAt(connection) !== undefined || connection.isLost || this.#isOver) return;
    // Then it did not ask for a new one, and what the server says is not its last word: also when that one is lost now.
    const wasServed = this.#connectionsOf(binding).length > 0;
    try {
      await this.#bind(binding, connection);
      if (binding.isClosed) await binding.unbind(connection);
    } catch (failure) {
      const error = toAditError(failure);
      if (connection.isLost || binding.isClosed) return;
      const isServed = this.#connectionsOf(binding).length > 0;
      if (!wasServed && !isServed && !passingKinds.has(error.kind)) return this.#drop(binding, error);
      if (!isServed) this.emit('forward', { state: 'waiting', id: binding.id, url: binding.url, error });
      const { clock, random } = this.#deps;
      const next = attempt + 1;
      const again = () => void this.#bindAgain(binding, connection, next);
      binding.retries.set(
        connection,
        clock.after(backoffMs(next, { random, goneForMs: Number.POSITIVE_INFINITY }), again),
      );
    }
  }

  /** Those that serve it now. */
  #connectionsOf(binding: ForwardBinding): ServerConnection[] {
    const serving = [...this.#legs.connections, ...this.#replaced];
    return serving.filter((connection) => !connection.isLost && binding.idAt(connection) !== undefined);
  }

  async #closeForward(binding: ForwardBinding): Promise<void> {
    const connections = this.#connectionsOf(binding);
    this.#drop(binding, null);
    // If a connection is lost meanwhile, it is not bound again: the same.
    await Promise.allSettled(connections.map((connection) => binding.unbind(connection)));
  }

  /** While one server takes the place of another, that one may have it still. */
  #stopForward(binding: ForwardBinding, reason: AditError, by: ServerConnection): void {
    const others = this.#connectionsOf(binding).filter((connection) => connection !== by);
    this.#drop(binding, reason);
    for (const connection of others) binding.unbind(connection).catch(() => {});
  }

  #drop(binding: ForwardBinding, reason: AditError | null): void {
    this.#forwards.delete(binding);
    if (!binding.end(reason)) return;
    this.emit('forward', { state: 'closed', id: binding.id, url: binding.url, error: reason });
  }

  #find(id: string, connection: ServerConnection): ForwardBinding | undefined {
    for (const binding of this.#forwards) if (binding.idAt(connection) === id) return binding;
    return undefined;
  }

  #streamHost({ clock, facts, onRestart, checkRestart }: SessionDeps): StreamHost {
    return {
      clock,
      findForward: async (id, connection) => {
        const known = this.#find(id, connection);
        if (known || this.#bindsUnderWay.size === 0) return known;
        await Promise.allSettled(this.#bindsUnderWay);
        return this.#find(id, connection);
      },
      onConnection: (event) => void this.emit('connection', event),
      onDrain: (connection) => this.#moveFrom(connection),
      onStop: () => void this.#finish('stopped', null),
      refusals: facts.refusals,
      checkRestart: async () => await checkRestart?.(),
      onRestart: () => onRestart?.(),
      onStopForward: (id, reason, connection) => {
        const binding = this.#find(id, connection);
        if (binding) this.#stopForward(binding, reason, connection);
      },
    };
  }

  #setStatus(status: SessionStatus): void {
    this.#status = status;
    this.emit('status', status);
  }

  /** Waits no longer than that. */
  async #atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(timeoutMs, resolve);
    await Promise.race([work, promise]);
    cancel();
  }

  async #finish(reason: 'closed' | 'stopped' | 'failed', error: AditError | null): Promise<void> {
    if (this.#isOver) return void (await this.closed);
    this.#isOver = true;
    this.#legs.halt(error ?? new AditError(9305));
    const connections = [...this.#legs.connections, ...this.#replaced];
    // A server that refuses us has taken them offline; to others their names are free at once.
    if (reason !== 'failed') await this.#atMost(connectLimits.unbindTimeoutMs, this.#unbindAll());
    await Promise.all(connections.map((connection) => connection.close()));
    await this.#deps.identity.release({ isOrderly: reason !== 'failed' });
    for (const binding of this.#forwards) this.#drop(binding, error);
    this.#setStatus({ state: 'closed', reason, error });
    this.#end.resolve(error);
  }

  async #unbindAll(): Promise<void> {
    const unbind = (binding: ForwardBinding) =>
      this.#connectionsOf(binding).map((connection) => binding.unbind(connection));
    await Promise.allSettled([...this.#forwards].flatMap(unbind));
  }
}

const passingKinds: ReadonlySet<string> = new Set(['conflict', 'unavailable', 'timeout', 'limit_exceeded', 'internal']);

function shown({ url, labels }: ForwardBinding): string {
  return labels ? `the labels ${JSON.stringify(labels)}` : `"${url}"`;
}

function handleOf(binding: ForwardBinding, close: () => Promise<void>): Forward {
  return {
    get id() {
      return binding.id;
    },
    get url() {
      return binding.url;
    },
    labels: binding.labels,
    upstreamUrl: binding.upstream.url,
    closed: binding.closed.promise,
    close,
  };
}

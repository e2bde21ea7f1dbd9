import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import {
  aditProfile,
  call,
  errorCodes,
  MuxSession,
  type MuxStream,
  ngrokProfile,
  parseAuthReply,
  probe,
  startHeartbeat,
  streamTypes,
} from '@adit/wire';
import { connectLimits } from '../dial/connect-limits.ts';
import { type Dialled, type DialOptions, dialServer } from '../dial/dial.ts';
import type { ServerAddress } from '../dial/server-address.ts';
import { type AuthFacts, authRequest } from './auth-request.ts';
import { printable, serverRefusal } from './server-refusal.ts';
import type { SessionState } from './state-file.ts';

export interface ConnectionOptions extends DialOptions {
  readonly address: ServerAddress;
  readonly facts: AuthFacts;
  /** Of the session to take over. */
  readonly state: SessionState | undefined;
  /** See `authRequest`. */
  readonly legNumber: number;
  /** A stream that the server opened. */
  onStream(stream: MuxStream, connection: ServerConnection): void;
  onRoundTrip(milliseconds: number): void;
}

/** What the server said when it let us in. */
export interface Welcome {
  readonly state: SessionState;
  readonly account: string;
  readonly serverVersion: string;
}

/** One authenticated connection to the server, from dialling to its loss. Reconnecting is the session's. */
export class ServerConnection {
  /** Resolves once, when the connection is over, with why. */
  readonly lost: Promise<AditError>;
  /** True: the server knows the reset codes of `adit/1`. */
  readonly isAdit: boolean;
  readonly #options: ConnectionOptions;
  readonly #transport: Duplex;
  readonly #mux: MuxSession;
  #welcome: Welcome | undefined;
  #stopHeartbeat: () => void = () => {};

  private constructor({ stream, isAdit, reuseWriteMemory }: Dialled, options: ConnectionOptions) {
    const lost = Promise.withResolvers<AditError>();
    this.lost = lost.promise;
    this.isAdit = isAdit;
    this.#options = options;
    this.#transport = stream;
    this.#mux = new MuxSession(stream, {
      role: 'client',
      profile: this.isAdit ? aditProfile : ngrokProfile,
      timer: options.clock,
      reuseWriteMemory,
      onStream: (stream) => options.onStream(stream, this),
      onClose: (error) => {
        this.#stopHeartbeat();
        lost.resolve(this.#lossOf(error));
      },
    });
  }

  /**
   * Dials, authenticates and starts the heartbeat.
   *
   * @throws {AditError} As `dialServer`; 9303 when the server does not answer as one; the server's own refusal.
   */
  static async open(options: ConnectionOptions): Promise<ServerConnection> {
    const connection = new ServerConnection(await dialServer(options.address, options), options);
    const abort = () => connection.destroy();
    options.signal.addEventListener('abort', abort, { once: true });
    try {
      connection.#welcome = await connection.#authenticate();
    } catch (error) {
      connection.destroy();
      options.signal.throwIfAborted();
      throw error;
    } finally {
      options.signal.removeEventListener('abort', abort);
    }
    connection.#beat();
    return connection;
  }

  get welcome(): Welcome {
    if (!this.#welcome) throw new TypeError('Cannot read the welcome before Auth');
    return this.#welcome;
  }

  get isLost(): boolean {
    return this.#mux.isClosed;
  }

  /**
   * Calls the server. A non-empty `Error` in the answer is the caller's to look at.
   *
   * @throws {AditError} 9301: the connection was lost, or no answer came in time. 9303: the answer cannot be read.
   */
  async call(type: number, request: object, timeoutMs: number = connectLimits.callTimeoutMs): Promise<unknown> {
    try {
      return await call(this.#mux, { type, body: request }, { timeoutMs });
    } catch (cause) {
      if (!(cause instanceof AditError)) throw cause;
      if (cause.code === 9001) throw this.#failure(9301, `no answer within ${timeoutMs / 1000} s`, cause);
      if (cause.code === 9400) throw this.#failure(9303, 'it is not an Adit server, or one we cannot read', cause);
      throw this.#failure(9301, 'the connection was lost', cause);
    }
  }

  /** The error behind an `Error` text of the server, without the secrets that it may repeat. */
  refusal(text: string, secrets: readonly string[] = []): AditError {
    const { facts, state } = this.#options;
    return serverRefusal(text, [facts.authtoken, state?.cookie ?? '', this.#welcome?.state.cookie ?? '', ...secrets]);
  }

  /** Asks for a sign of life; the connection counts as lost when there is none. */
  async probe(): Promise<void> {
    const timeoutMs = connectLimits.wakeProbeTimeoutMs;
    // 3210 says nothing about the server.
    const isAlive = await probe(this.#mux, { timeoutMs, timer: this.#options.clock }).catch(() => true);
    if (!isAlive) this.destroy(this.#failure(9301, 'no sign of life after this machine had slept'));
  }

  /** Says goodbye; resolves when the connection is closed, at the latest after 0.3 s. */
  async close(): Promise<void> {
    this.#stopHeartbeat();
    if (this.#transport.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(connectLimits.closeTimeoutMs, () => this.#transport.destroy());
    this.#transport.once('close', () => resolve());
    this.#mux.goAway(errorCodes.noError, '');
    await promise;
    cancel();
  }

  /** Ends at once. */
  destroy(error?: AditError): void {
    this.#stopHeartbeat();
    this.#mux.destroy(error);
    this.#transport.destroy();
  }

  async #authenticate(): Promise<Welcome> {
    const { facts, state, legNumber } = this.#options;
    const reply = parseAuthReply(await this.call(streamTypes.auth, authRequest(facts, { state, legNumber })));
    if (reply.Error !== '') throw this.refusal(reply.Error);
    return {
      state: { clientId: reply.ClientId, cookie: reply.Extra.Cookie },
      account: printable(reply.Extra.AccountName),
      serverVersion: printable(reply.Extra.Version),
    };
  }

  #beat(): void {
    if (this.isLost) return;
    const { clock: timer, facts, onRoundTrip } = this.#options;
    const { heartbeatIntervalMs: intervalMs, heartbeatToleranceMs: toleranceMs } = facts;
    const onLost = () => this.destroy(this.#failure(9301, `no heartbeat for ${(intervalMs + toleranceMs) / 1000} s`));
    this.#stopHeartbeat = startHeartbeat(this.#mux, { intervalMs, toleranceMs, timer, onBeat: onRoundTrip, onLost });
  }

  #lossOf(error: AditError | null): AditError {
    if (error === null) return this.#failure(9301, 'the server closed it');
    if (error.code === 9400) return this.#failure(9303, printable(error.message), error);
    return error.code === 9005 ? this.#failure(9301, 'the connection was lost', error) : error;
  }

  #failure(code: 9301 | 9303, why: string, cause?: unknown): AditError {
    return new AditError(code, `Cannot use the session with "${this.#options.address.text}": ${why}`, { cause });
  }
}

import { randomUUID } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type pg from 'pg';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { Log } from '../../domain/log.ts';
import type { Bus, Notice } from '../../domain/notices.ts';
import { createBus } from '../create-bus.ts';
import { type BusLimits, defaultBusLimits } from './bus-limits.ts';
import { channel, listen } from './listen.ts';
import { formatNotice, parseNotice } from './notice-text.ts';

export interface PostgresBusOptions {
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Default: `defaultBusLimits`. */
  readonly limits?: BusLimits;
}

/**
 * Between all servers on one PostgreSQL database, by LISTEN and NOTIFY on one connection. Here a notice is heard at once;
 * elsewhere when the database passes it on. A connection that was lost is opened again, and subscribers hear `missed`.
 */
export class PostgresBus implements Bus {
  readonly #options: PostgresBusOptions;
  readonly #limits: BusLimits;
  readonly #here: Bus;
  /** Which notices are our own, when they come back. */
  readonly #from = randomUUID();
  #connection: pg.Client | undefined;
  #unsent: Notice[] = [];
  #sending: Promise<void> | undefined;
  #cancelTimer = (): void => {};
  #isClosed = false;

  /** @throws {AditError} 9216: the database does not answer. */
  static async open(options: PostgresBusOptions): Promise<PostgresBus> {
    const bus = new PostgresBus(options);
    try {
      await bus.#connect();
    } catch (cause) {
      throw new AditError(9216, undefined, { cause });
    }
    return bus;
  }

  private constructor(options: PostgresBusOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultBusLimits;
    this.#here = createBus(options.log);
  }

  publish(notice: Notice): void {
    this.#here.publish(notice);
    // What this server missed is no news for others.
    if (this.#isClosed || notice.type === 'missed') return;
    if (this.#unsent.length >= this.#limits.maxUnsent) this.#unsent = [{ type: 'missed' }];
    else this.#unsent.push(notice);
    this.#send();
  }

  subscribe(receive: (notice: Notice) => void): () => void {
    return this.#here.subscribe(receive);
  }

  /** Sends what can still be sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#sending;
    await this.#connection?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const connection = await listen(this.#options.address, this.#limits, {
      onText: (text) => this.#receive(text),
      onLost: (error) => this.#lost(connection, error),
    });
    this.#connection = connection;
    if (this.#isClosed) return void connection.end().catch(() => undefined);
    this.#beatLater(connection);
    this.#send();
  }

  #receive(text: string): void {
    const sent = parseNotice(text);
    if (!sent) this.#options.log.warn({ bytes: text.length }, 'Somebody sent what is no notice');
    else if (sent.from !== this.#from) this.#here.publish(sent.notice);
  }

  #send(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    for (let connection = this.#connection; connection; connection = this.#connection) {
      const notice = this.#unsent.shift();
      if (!notice) return;
      try {
        await connection.query('select pg_notify($1, $2)', [channel, formatNotice({ from: this.#from, notice })]);
      } catch (error) {
        this.#unsent.unshift(notice);
        this.#lost(connection, error);
      }
    }
  }

  /** Nothing may come for hours, and a dead connection would look the same. */
  #beatLater(connection: pg.Client): void {
    this.#cancelTimer = this.#options.clock.after(this.#limits.heartbeatMs, () => {
      connection.query('select 1').then(
        () => connection === this.#connection && !this.#isClosed && this.#beatLater(connection),
        (error: unknown) => this.#lost(connection, error),
      );
    });
  }

  #lost(connection: pg.Client, error: unknown): void {
    if (connection !== this.#connection || this.#isClosed) return;
    this.#connection = undefined;
    this.#cancelTimer();
    connection.end().catch(() => undefined);
    this.#options.log.warn({ err: error }, 'The bus between servers lost the database');
    this.#reconnectAfter(this.#limits.minReconnectMs);
  }

  #reconnectAfter(pauseMs: number): void {
    if (this.#isClosed) return;
    this.#cancelTimer = this.#options.clock.after(pauseMs, () => {
      this.#connect().then(
        () => {
          this.#options.log.info({}, 'The bus between servers works again');
          this.#here.publish({ type: 'missed' });
        },
        () => this.#reconnectAfter(Math.min(2 * pauseMs, this.#limits.maxReconnectMs)),
      );
    });
  }
}

import type { AditError } from '@adit/contracts';
import { type ProxyHeader, streamTypes } from '@adit/wire';
import type { RelayTarget } from '../relay/relay.ts';
import type { ServerConnection } from '../session/server-connection.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { AddressBinder } from './address-binder.ts';
import type { Binder, BindOptions, Labels } from './binder.ts';
import type { ForwardOptions } from './forward-options.ts';
import { LabelBinder } from './label-binder.ts';

export type { ForwardOptions } from './forward-options.ts';

/** A public URL, or labels, whose visitors are carried to an upstream, as long as the session lives. */
export interface Forward {
  /** That of the server. With labels it changes when the session comes back. */
  readonly id: string;
  /** The public URL. It stays the same over reconnects unless the server can no longer give it. Empty: it has labels. */
  readonly url: string;
  /** What edges find it by; undefined: it has a URL. */
  readonly labels: Labels | undefined;
  /** Where visitors are carried to, e.g. `http://localhost:3000`. */
  readonly upstreamUrl: string;
  /** Resolves when it is over, with the reason: null after `close()`. Never rejects. */
  readonly closed: Promise<AditError | null>;
  /** Takes it offline. Connections that are open stay open. Closing twice is harmless. */
  close(): Promise<void>;
}

/** A forward as the session sees it: what to ask the server for, now and again after each reconnect. */
export class ForwardBinding {
  readonly closed = Promise.withResolvers<AditError | null>();
  isClosed = false;
  /** What calls off the next attempt to bind again, by the connection where it is to be made. */
  readonly retries = new Map<ServerConnection, () => void>();
  readonly #binder: Binder;
  /** Those that have it online, and under which id: that of labels is each server's own. */
  readonly #ids = new WeakMap<ServerConnection, string>();
  readonly #underWay = new Map<ServerConnection, Promise<void>>();
  #id = '';
  #url = '';

  /** @throws {AditError} 9304, 332, 326, 9201: see `parseUpstream` and `parsePublicUrl`. */
  constructor(options: ForwardOptions) {
    const { labels } = options;
    this.#binder = labels === undefined ? new AddressBinder(options) : new LabelBinder(options, labels);
  }

  /** The last that a server gave. */
  get id(): string {
    return this.#id;
  }
  /** Empty: it has labels. */
  get url(): string {
    return this.#url;
  }
  get labels(): Labels | undefined {
    return this.#binder.labels;
  }
  get upstream(): Upstream {
    return this.#binder.upstream;
  }

  /** How a visitor is carried; with them, what `relay` needs to know of the forward. */
  targetOf(visitor: Pick<ProxyHeader, 'Proto' | 'PassthroughTLS'>): RelayTarget {
    return this.#binder.targetOf(visitor);
  }

  /** The id under which that connection has it online, as far as that lives. Undefined: it has not. */
  idAt(connection: ServerConnection): string | undefined {
    return this.#ids.get(connection);
  }

  /**
   * Binds, or binds again. Asked twice at once, a connection binds once: two tunnels of the same labels would be two.
   *
   * @throws {AditError} The server's refusal; as `ServerConnection.call`; 9303 when the answer leaves something out that
   *   protects the endpoint or its upstream; it has been taken offline then.
   */
  async bind(connection: ServerConnection, options: BindOptions): Promise<void> {
    const attempt =
      this.#underWay.get(connection) ??
      this.#bind(connection, options).finally(() => this.#underWay.delete(connection));
    this.#underWay.set(connection, attempt);
    await attempt;
  }

  /** Unbinds; an endpoint that is gone already counts as done. */
  async unbind(connection: ServerConnection): Promise<void> {
    const id = this.#ids.get(connection);
    this.#ids.delete(connection);
    if (id !== undefined) await connection.call(streamTypes.unbind, { Id: id });
  }

  /** Answers whether it was open. */
  end(reason: AditError | null): boolean {
    if (this.isClosed) return false;
    this.isClosed = true;
    for (const cancel of this.retries.values()) cancel();
    this.retries.clear();
    this.closed.resolve(reason);
    return true;
  }

  async #bind(connection: ServerConnection, options: BindOptions): Promise<void> {
    const { id, url } = await this.#binder.bind(connection, options);
    this.#ids.set(connection, id);
    this.#id = id;
    this.#url = url;
  }
}

import { AditError } from '@adit/contracts';
import { parseBindReply, streamTypes } from '@adit/wire';
import type { RelayTarget } from '../relay/relay.ts';
import type { ServerConnection } from '../session/server-connection.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ForwardOptions } from './forward-options.ts';
import { type ForwardPlan, planForward } from './forward-plan.ts';
import { bindRequest, type Given, namesOf, nothingGiven, unconfirmed } from './forward-request.ts';
import { policySecrets } from './policy-request.ts';

export type { ForwardOptions } from './forward-options.ts';

/** A public URL whose visitors are carried to an upstream, as long as the session lives. */
export interface Forward {
  readonly id: string;
  /** The public URL. It stays the same over reconnects unless the server can no longer give it. */
  readonly url: string;
  /** Where visitors are carried to, e.g. `http://localhost:3000`. */
  readonly upstreamUrl: string;
  /** Resolves when it is over, with the reason: null after `close()`. Never rejects. */
  readonly closed: Promise<AditError | null>;
  /** Takes the URL offline. Connections that are open stay open. Closing twice is harmless. */
  close(): Promise<void>;
}

/** A forward as the session sees it: what to ask the server for, now and again after each reconnect. */
export class ForwardBinding {
  readonly closed = Promise.withResolvers<AditError | null>();
  isClosed = false;
  /** What calls off the next attempt to bind again, by the connection where it is to be made. */
  readonly retries = new Map<ServerConnection, () => void>();
  readonly #boundBy = new WeakSet<ServerConnection>();
  readonly #options: ForwardOptions;
  readonly #plan: ForwardPlan;
  #given: Given = nothingGiven;
  #bindingAnew: Promise<void> | undefined;
  #url = '';

  /** @throws {AditError} 9304, 332, 326, 9201: see `parseUpstream` and `parsePublicUrl`. */
  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#plan = planForward(options);
  }

  get id(): string {
    return this.#given.id;
  }
  get url(): string {
    return this.#url;
  }
  /** How visitors are carried; with them, what `relay` needs to know of the forward. */
  get target(): RelayTarget {
    return this.#plan.target;
  }
  get upstream(): Upstream {
    return this.#plan.target.upstream;
  }

  /** Whether that connection has it online, as far as that lives. */
  isBoundBy(connection: ServerConnection): boolean {
    return this.#boundBy.has(connection);
  }

  /**
   * Binds, or binds again with the id, token and name of the last reply (agent protocol, §14.1), so that the endpoint
   * comes back under its name. A token the server no longer knows (335) is dropped, the name kept; unless another
   * connection serves the endpoint, which would lose it.
   *
   * @throws {AditError} The server's refusal; as `ServerConnection.call`; 9303 when the answer leaves something out that
   *   protects the endpoint or its upstream; it has been taken offline then.
   */
  async bind(connection: ServerConnection, { mayStartOver }: { mayStartOver: boolean }): Promise<void> {
    const asked = this.#given;
    try {
      if (asked.token !== '') return await this.#bindOnce(connection);
    } catch (error) {
      if (!(error instanceof AditError) || error.code !== 335) throw error;
      // Otherwise another connection has got a new one meanwhile, or is about to.
      if (this.#given === asked) {
        if (!mayStartOver) throw error;
        this.#given = { ...nothingGiven, names: asked.names };
      }
    }
    await this.#bindAnew(connection);
  }

  /** Unbinds; an endpoint that is gone already counts as done. */
  async unbind(connection: ServerConnection): Promise<void> {
    this.#boundBy.delete(connection);
    await connection.call(streamTypes.unbind, { Id: this.id });
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

  /** By one connection: what the server gives to it, the others ask for, as each id is an endpoint of its own. */
  async #bindAnew(connection: ServerConnection): Promise<void> {
    while (this.#bindingAnew) await this.#bindingAnew.catch(() => {});
    if (this.#given.token !== '') return await this.#bindOnce(connection);
    this.#bindingAnew = this.#bindOnce(connection).finally(() => {
      this.#bindingAnew = undefined;
    });
    await this.#bindingAnew;
  }

  async #bindOnce(connection: ServerConnection): Promise<void> {
    const request = bindRequest(this.#plan, this.#options, this.#given);
    const reply = parseBindReply(await connection.call(streamTypes.bind, request));
    if (reply.Error !== '') {
      throw connection.refusal(reply.Error, [this.#given.token, ...policySecrets(this.#options)]);
    }
    if (reply.Id === '' || !/^[a-z]+:\/\/[\x21-\x7e]+$/.test(reply.URL)) {
      throw new AditError(9303, 'Cannot open the endpoint: the server named no id or no valid URL');
    }
    this.#given = { id: reply.Id, token: reply.Extra.Token, names: namesOf(reply) };
    this.#url = reply.URL;
    this.#boundBy.add(connection);
    const missing = unconfirmed(this.#plan, this.#options, reply);
    if (missing === undefined) return;
    await this.unbind(connection);
    throw new AditError(9303, `Cannot open the endpoint: the server did not confirm ${missing}`);
  }
}

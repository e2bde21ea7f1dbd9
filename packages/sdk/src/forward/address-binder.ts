import { AditError } from '@adit/contracts';
import { parseBindReply, streamTypes } from '@adit/wire';
import type { RelayTarget } from '../relay/relay.ts';
import type { ServerConnection } from '../session/server-connection.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Binder, BindOptions, Bound } from './binder.ts';
import type { ForwardOptions } from './forward-options.ts';
import { type ForwardPlan, planForward } from './forward-plan.ts';
import { bindRequest, type Given, namesOf, nothingGiven, unconfirmed } from './forward-request.ts';
import { policySecrets } from './policy-request.ts';

/**
 * Asks for an address, and again with the id, token and name of the last reply (agent protocol, §14.1), so that the endpoint
 * comes back under its name.
 */
export class AddressBinder implements Binder {
  readonly #options: ForwardOptions;
  readonly #plan: ForwardPlan;
  #given: Given = nothingGiven;
  #bindingAnew: Promise<Bound> | undefined;

  /** @throws {AditError} As `planForward`. */
  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#plan = planForward(options);
  }

  get upstream(): Upstream {
    return this.#plan.target.upstream;
  }

  targetOf(): RelayTarget {
    return this.#plan.target;
  }

  /** A token the server no longer knows (335) is dropped, the name kept, if that is allowed. */
  async bind(connection: ServerConnection, { mayStartOver }: BindOptions): Promise<Bound> {
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
    return await this.#bindAnew(connection);
  }

  /** By one connection: what the server gives to it, the others ask for, as each id is an endpoint of its own. */
  async #bindAnew(connection: ServerConnection): Promise<Bound> {
    while (this.#bindingAnew) await this.#bindingAnew.catch(() => {});
    if (this.#given.token !== '') return await this.#bindOnce(connection);
    this.#bindingAnew = this.#bindOnce(connection).finally(() => {
      this.#bindingAnew = undefined;
    });
    return await this.#bindingAnew;
  }

  async #bindOnce(connection: ServerConnection): Promise<Bound> {
    const request = bindRequest(this.#plan, this.#options, this.#given);
    const reply = parseBindReply(await connection.call(streamTypes.bind, request));
    if (reply.Error !== '') {
      throw connection.refusal(reply.Error, [this.#given.token, ...policySecrets(this.#options)]);
    }
    if (reply.Id === '' || !/^[a-z]+:\/\/[\x21-\x7e]+$/.test(reply.URL)) {
      throw new AditError(9303, 'Cannot open the endpoint: the server named no id or no valid URL');
    }
    this.#given = { id: reply.Id, token: reply.Extra.Token, names: namesOf(reply) };
    const missing = unconfirmed(this.#plan, this.#options, reply);
    if (missing === undefined) return { id: reply.Id, url: reply.URL };
    await connection.call(streamTypes.unbind, { Id: reply.Id });
    throw new AditError(9303, `Cannot open the endpoint: the server did not confirm ${missing}`);
  }
}

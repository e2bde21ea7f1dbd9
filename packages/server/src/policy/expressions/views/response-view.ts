import type { PolicyResponse } from '@adit/policy-kit';
import { parseSetCookies } from './cookie-view.ts';
import type { Turn } from './header-map.ts';
import { MessageView } from './message-view.ts';

/** `res`: the answer as the visitor would get it now. */
export class ResponseView extends MessageView {
  readonly #response: PolicyResponse;

  constructor(response: PolicyResponse, turn: Turn) {
    super(response, turn, (headers) => parseSetCookies(headers.get('set-cookie') ?? []));
    this.#response = response;
  }

  get status_code(): bigint {
    return BigInt(this.#response.status);
  }
}

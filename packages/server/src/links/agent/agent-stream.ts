import { AditError } from '@adit/contracts';
import { errorCodes, MuxStream, StreamReset } from '@adit/wire';

/** What an agent's RST on a proxied stream says. The upstream codes are those of our own agents. */
const upstreamFailures: ReadonlyMap<number, readonly [3200 | 3210 | 8012 | 9001, string]> = new Map([
  [errorCodes.upstreamRefused, [8012, 'the service refused the connection']],
  [errorCodes.upstreamTimeout, [9001, 'the service did not accept the connection in time']],
  [errorCodes.upstreamUnreachable, [8012, 'the address of the service cannot be reached']],
  [errorCodes.upstreamTls, [8012, 'the TLS handshake with the service failed']],
  [errorCodes.acceptQueueFull, [3210, 'the agent has too many connections waiting']],
  [errorCodes.remoteGoneAway, [3200, 'the agent does not have this endpoint any more']],
  [errorCodes.streamRefused, [3210, 'the agent has too many connections open']],
]);

/** Who opened a proxied connection and is told of it. */
export interface AgentStreamOwner {
  /**
   * True: the agent tells by RST that it cannot reach the service, so an end without a byte is the service's own. False:
   * SDKs that do not know the bind, or whose service is gone, just end the stream (agent protocol, §12.2, §12.3).
   */
  readonly tellsFailures: boolean;
  /** The agent has sent the first byte of the answer. */
  onFirstByte(stream: AgentStream): void;
  /** It is over, or was given up before it was on the wire. Called once, inside `destroy`. */
  onGone(stream: AgentStream): void;
}

/**
 * A proxied connection as the edge sees it: the stream of the multiplexer itself, which fails with AditErrors. May be used
 * before it is on the wire, as the agent may have to catch up first.
 */
export class AgentStream extends MuxStream {
  /** The owner's notes: whose it is, when it went on the wire, bytes of its head. */
  visitor = '';
  openedAtMs = 0;
  headBytes = 0;
  #owner: AgentStreamOwner | null = null;
  #hasData = false;

  /** Names who is told. Once, at once. */
  own(owner: AgentStreamOwner): void {
    this.#owner = owner;
  }

  /** True once the agent has sent a byte of the answer. */
  get hasData(): boolean {
    return this.#hasData;
  }

  /** For the multiplexer: what the agent sent, null for its end. */
  override push(piece: Buffer | null): boolean {
    if (!this.#hasData) {
      if (piece === null) return this.#endWithoutByte();
      this.#hasData = true;
      this.#owner?.onFirstByte(this);
    }
    return super.push(piece);
  }

  override destroy(error?: Error): this {
    return super.destroy(error instanceof StreamReset ? failureOf(error) : error);
  }

  override _destroy(error: Error | null, onDestroyed: (error?: Error | null) => void): void {
    super._destroy(error, onDestroyed);
    this.#owner?.onGone(this);
  }

  #endWithoutByte(): false {
    if (this.#owner?.tellsFailures)
      this.destroy(new AditError(3004, 'The service ended the connection without an answer'));
    else
      this.destroy(new AditError(8012, 'Cannot reach the service: the agent ended the connection without an answer'));
    return false;
  }
}

function failureOf(reset: StreamReset): AditError {
  const [code, why] = upstreamFailures.get(reset.resetCode) ?? [9005, 'the agent reset the connection'];
  return new AditError(code, `Cannot reach the service: ${why}`, { cause: reset });
}

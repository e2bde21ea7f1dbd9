import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AditError, type ErrorCode, type Id } from '@adit/contracts';
import {
  aditProfile,
  answerHeartbeat,
  call,
  errorCodes,
  type HeldBudget,
  type MuxProfile,
  MuxSession,
  type MuxStream,
  parseBindRequest,
  parsePatchTunnelState,
  parsePlainReply,
  parseStartTunnelWithLabel,
  parseUnbindRequest,
  probe,
  reply,
  streamTypes,
} from '@adit/wire';
import type { AgentCommand } from '../../domain/agent-command.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { EndpointHealth } from '../../domain/endpoint-health.ts';
import type { Log } from '../../domain/log.ts';
import type { Turnstile } from '../../domain/turnstile.ts';
import { AgentBinds, type AgentBindsDeps } from './agent-binds.ts';
import { sendCommand } from './agent-command.ts';
import { agentErrorCode, agentErrorText, toAgentError } from './agent-error.ts';
import { AgentLink } from './agent-link.ts';
import type { Authenticator, SessionIdentity } from './authenticator.ts';
import { readRequest } from './read-request.ts';
import { StrangerBounds } from './stranger-bounds.ts';
import { defaultUpstreamProbeLimits } from './upstream-probe-limits.ts';
import { HealthRegister } from './upstream-probe-register.ts';

/** What a session needs from the whole of sessions. */
export interface AgentSessionDeps extends Omit<AgentBindsDeps, 'contest'> {
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly serverVersion: string;
  /** What all sessions together may hold unread. */
  readonly budget: HeldBudget;
  /** For binds: after a restart thousands want to be bound at once. */
  readonly bindTurns: Turnstile;
  /**
   * Enters an authenticated session, in place of an older one with its id.
   *
   * @throws {AditError} 107, 108 or 803: it may not enter.
   */
  admit(session: AgentSession, identity: SessionIdentity): void;
  /** See `AgentBindsDeps`. */
  contest(occupant: Endpoint): Promise<void>;
  /** The session serves nothing any more; its connection may take a moment to end. */
  onEnd(session: AgentSession): void;
}

/** Where the agent is. */
export interface AgentConnectionInfo {
  readonly remoteAddress: string;
  readonly profile: MuxProfile;
}

export interface AgentConnection extends AgentConnectionInfo {
  /** Its first Bind was answered. */
  onArrived(): void;
}

/** One connection of an agent: before Auth a stranger, after it a session with binds, or a further leg of one. */
export class AgentSession {
  /** Milliseconds since 1970. */
  readonly openedAtMs: number;
  readonly info: AgentConnection;
  readonly #deps: AgentSessionDeps;
  readonly #mux: MuxSession;
  readonly #link: AgentLink;
  readonly #health: HealthRegister;
  readonly #bounds: StrangerBounds;
  #identity: SessionIdentity | undefined;
  #binds: AgentBinds | undefined;
  #stage: 'new' | 'authenticating' | 'open' | 'ended' = 'new';
  #requests = 0;
  #probe: Promise<boolean> | undefined;
  #cancelTimer: () => void;

  constructor(socket: Duplex, info: AgentConnection, deps: AgentSessionDeps) {
    const { clock, limits } = deps;
    this.info = info;
    this.openedAtMs = clock.timeOfDay();
    this.#deps = deps;
    this.#bounds = new StrangerBounds(socket, {
      limits,
      onExceeded: () =>
        this.end(new AditError(9401, 'Cannot go on: too much was sent before Auth'), { keepNames: false }),
    });
    this.#mux = new MuxSession(socket, {
      role: 'server',
      profile: info.profile,
      timer: clock,
      budget: deps.budget,
      reuseWriteMemory: socket instanceof Socket,
      onStream: (stream) => this.#accept(stream),
      onClose: (error) => {
        if (this.#stage !== 'ended') this.#release(true, error);
      },
    });
    const { profile } = info;
    this.#health = new HealthRegister(this.#mux, { clock, profile, limits: defaultUpstreamProbeLimits });
    this.#link = new AgentLink(this.#mux, { clock, limits, profile, health: this.#health });
    this.#cancelTimer = clock.after(limits.authTimeoutMs, () => {
      this.end(new AditError(9401, 'Cannot keep the connection: no valid Auth came in time'), { keepNames: false });
    });
  }

  /** Undefined until Auth has succeeded. */
  get identity(): SessionIdentity | undefined {
    return this.#identity;
  }

  has(endpointId: Id<'endpoint'>): boolean {
    return this.#binds?.has(endpointId) ?? false;
  }

  /** How an endpoint of this session is; undefined: it has no such endpoint. */
  async health(endpointId: Id<'endpoint'>): Promise<EndpointHealth | undefined> {
    const endpoint = this.#binds?.find(endpointId);
    if (!endpoint) return undefined;
    return await this.#health.check({ bindId: endpointId, proxyProtocol: endpoint.proxyProtocol });
  }

  /** Asks the agent for a sign of life. Callers at the same time share one probe. */
  async isAlive(): Promise<boolean> {
    const { clock, limits } = this.#deps;
    this.#probe ??= probe(this.#mux, { timeoutMs: limits.probeTimeoutMs, timer: clock }).finally(() => {
      this.#probe = undefined;
    });
    return (await this.#probe) && this.#stage === 'open';
  }

  /**
   * Ends the session at once: routes are withdrawn, streams are cut, the agent is told why. `keepNames`: the account keeps
   * its names for the grace time.
   */
  end(reason: AditError, { keepNames }: { keepNames: boolean }): void {
    if (this.#stage === 'ended') return;
    this.#release(keepNames, reason);
    this.#mux.goAway(errorCodes.noError, agentErrorText(reason));
    this.#deps.clock.after(this.#deps.limits.goAwayLingerMs, () => this.#mux.destroy());
  }

  /** Takes one endpoint offline for good and tells the agent, which may ignore it: the server enforces it. */
  stopEndpoint(endpointId: Id<'endpoint'>, reason: AditError): void {
    this.#binds?.stop(endpointId);
    this.#health.forget(endpointId);
    const body = JSON.stringify({ Id: endpointId, Message: reason.message, ErrorCode: agentErrorCode(reason) });
    try {
      // Go neither answers nor closes.
      this.#mux.open(streamTypes.stopTunnel, Buffer.from(body)).endAndDrain();
    } catch (error) {
      // It is a courtesy: that it cannot be sent now changes nothing.
      if (!(error instanceof AditError)) throw error;
    }
  }

  /** See `sendCommand`. */
  async command(command: AgentCommand): Promise<void> {
    if (!this.#identity) throw new AditError(9401);
    const options = { client: this.#identity.client, timeoutMs: this.#deps.limits.commandTimeoutMs };
    await sendCommand(this.#mux, command, options);
  }

  /**
   * Has an agent of ours go on at the server that takes this one's place; here it serves what still comes. Resolves when it
   * has, and answers whether; false for agents that cannot.
   */
  async move(): Promise<boolean> {
    if (this.info.profile !== aditProfile || this.#stage !== 'open') return false;
    const options = { timeoutMs: this.#deps.limits.moveTimeoutMs };
    const moved = call(this.#mux, { type: streamTypes.drain, body: {} }, options).then(parsePlainReply);
    return await moved.then(
      ({ Error }) => Error === '',
      () => false, // It does not know the message, or is gone.
    );
  }

  /** No visitor uses it. */
  get isIdle(): boolean {
    return this.#mux.ownStreamCount === 0;
  }

  #accept(stream: MuxStream): void {
    if (!this.#bounds.admitStream()) return;
    if (stream.type === streamTypes.heartbeat) {
      answerHeartbeat(stream);
    } else {
      void this.#serve(stream);
    }
  }

  /** Every request is answered, whatever happens: an SDK waits for the answer for ever (§9). */
  async #serve(stream: MuxStream): Promise<void> {
    const answer = await this.#answer(stream).catch((error: unknown) => {
      const known = toAgentError(error);
      if (known.kind === 'internal') this.#log('error', 'agent request failed', { type: stream.type, err: error });
      // What a session took back is no news: it could fill the log with it. A stranger's attempts always are.
      else if (!stream.destroyed || !this.#identity)
        this.#log('info', 'agent request refused', { type: stream.type, code: known.wireCode });
      return { Error: agentErrorText(known) };
    });
    if (!stream.destroyed) reply(stream, answer);
  }

  async #answer(stream: MuxStream): Promise<object> {
    if (stream.type === streamTypes.srvInfo) return { Region: '' };
    if (stream.type === streamTypes.auth) return await this.#authenticate(stream);
    if (!this.#binds) throw new AditError(9401);
    if (this.#requests >= this.#deps.limits.maxConcurrentRequests) {
      throw new AditError(349, 'Cannot answer: too many requests of this session are waiting');
    }
    this.#requests += 1;
    try {
      return await this.#answerAuthenticated(stream, this.#binds);
    } finally {
      this.#requests -= 1;
    }
  }

  async #answerAuthenticated(stream: MuxStream, binds: AgentBinds): Promise<object> {
    switch (stream.type) {
      case streamTypes.bind:
      case streamTypes.startTunnelWithLabel:
        return await this.#bind(stream, binds).finally(() => this.info.onArrived());
      case streamTypes.unbind: {
        const { Id } = parseUnbindRequest(await this.#read(stream));
        binds.close(Id);
        this.#health.forget(Id);
        return {};
      }
      case streamTypes.patchTunnelState:
        binds.patch(parsePatchTunnelState(await this.#read(stream)));
        return {};
      default:
        throw new AditError(9402, `Cannot answer: this server does not know messages of type ${stream.type}`);
    }
  }

  async #bind(stream: MuxStream, binds: AgentBinds): Promise<object> {
    await this.#deps.bindTurns.pass();
    const body = await this.#read(stream, 301);
    if (stream.type === streamTypes.bind) return await binds.open(parseBindRequest(body));
    return binds.openLabelled(parseStartTunnelWithLabel(body));
  }

  async #authenticate(stream: MuxStream): Promise<object> {
    if (this.#stage !== 'new') throw new AditError(9400, 'Cannot authenticate twice on one connection');
    this.#stage = 'authenticating';
    try {
      const identity = await this.#deps.authenticator.authenticate(
        await this.#readAuth(stream),
        this.info.remoteAddress,
      );
      this.#open(identity);
      return authReply(identity, this.#deps.serverVersion);
    } catch (error) {
      const reason = toAgentError(error);
      // Later, so that the agent reads the answer and not the end of the connection.
      this.#cancelTimer();
      this.#cancelTimer = this.#deps.clock.after(this.#deps.limits.lingerMs, () => {
        this.end(reason, { keepNames: false });
      });
      throw error;
    }
  }

  async #readAuth(stream: MuxStream): Promise<unknown> {
    try {
      return await this.#read(stream, 109, this.#deps.limits.maxAuthBytes);
    } catch (error) {
      // A connection that was lost meanwhile is nobody's fault.
      if (this.#stage === 'authenticating') this.#deps.authenticator.noteUnreadable(this.info.remoteAddress);
      throw error;
    }
  }

  #open(identity: SessionIdentity): void {
    if (this.#stage !== 'authenticating') throw new AditError(9305);
    const binds = new AgentBinds(identity, this.#link, this.#deps);
    this.#deps.admit(this, identity);
    this.#stage = 'open';
    this.#bounds.lift();
    this.#identity = identity;
    this.#binds = binds;
    this.#cancelTimer();
    this.#watchSilence(identity.silenceMs);
    const { userAgent, clientType } = identity.client;
    this.#log('info', 'agent session opened', { userAgent, clientType, protocol: this.info.profile.name });
  }

  /** SDKs whose user closed the session just fall silent and keep TCP open (§6): silence is the only sign. */
  #watchSilence(silenceMs: number): void {
    const leftMs = this.#mux.heardAtMs + silenceMs - this.#deps.clock.now();
    if (leftMs <= 0) {
      this.end(new AditError(9305, `Cannot keep the session: nothing was heard for ${silenceMs} ms`), {
        keepNames: true,
      });
    } else {
      this.#cancelTimer = this.#deps.clock.after(leftMs, () => this.#watchSilence(silenceMs));
    }
  }

  async #read(stream: MuxStream, malformed: ErrorCode = 9400, maxBytes = this.#deps.limits.maxMessageBytes) {
    const { clock, limits } = this.#deps;
    return await readRequest(stream, { clock, timeoutMs: limits.messageTimeoutMs, maxBytes, malformed });
  }

  #release(keepNames: boolean, reason: AditError | null): void {
    this.#stage = 'ended';
    this.#bounds.lift();
    this.#cancelTimer();
    this.#binds?.closeAll(keepNames);
    this.#link.close();
    this.info.onArrived();
    this.#deps.onEnd(this);
    const fields = reason ? { code: reason.wireCode, reason: reason.message } : {};
    this.#log(this.#identity ? 'info' : 'debug', 'agent session ended', fields);
  }

  #log(level: 'debug' | 'info' | 'error', message: string, fields: Record<string, unknown>): void {
    const { sessionId, principal } = this.#identity ?? {};
    const { remoteAddress } = this.info;
    this.#deps.log[level]({ sessionId, accountId: principal?.accountId, remoteAddress, ...fields }, message);
  }
}

/** The fields that SDKs read (agent protocol, §10.1). No list of further addresses: there is one server. */
function authReply({ sessionId, cookie, version, accountName }: SessionIdentity, serverVersion: string): object {
  const extra = {
    Version: serverVersion,
    Region: '',
    Cookie: cookie,
    AccountName: accountName,
    SessionDuration: 0,
    PlanName: '',
    Banner: '',
    AgentSessionID: sessionId,
  };
  return { Version: version, ClientId: sessionId, Error: '', Extra: extra };
}

import type { Duplex } from 'node:stream';
import { AditError, type Id } from '@adit/contracts';
import { HeldBudget } from '@adit/wire';
import { alreadyOnline, type Directory } from '../../directory/directory.ts';
import type { AgentCommand } from '../../domain/agent-command.ts';
import type { AgentSessionKey, AgentSessionView } from '../../domain/agent-session-view.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { EndpointHealth } from '../../domain/endpoint-health.ts';
import type { CredentialId } from '../../domain/entities.ts';
import type { Grants } from '../../domain/grants.ts';
import type { IpGate } from '../../domain/ip-gate.ts';
import type { Log } from '../../domain/log.ts';
import { Recent } from '../../domain/recent.ts';
import type { LiveCredential, Store } from '../../domain/store.ts';
import type { TcpPorts } from '../../domain/tcp-ports.ts';
import { Turnstile } from '../../domain/turnstile.ts';
import type { Chains } from '../../policy/chains.ts';
import type { AgentLimits } from './agent-limits.ts';
import {
  type AgentConnection,
  type AgentConnectionInfo,
  AgentSession,
  type AgentSessionDeps,
} from './agent-session.ts';
import { Arrivals } from './arrivals.ts';
import { Authenticator, type SessionIdentity } from './authenticator.ts';
import { moveAgents } from './move-agents.ts';
import { SessionIndex } from './session-index.ts';
import { Signer } from './signer.ts';

export interface AgentSessionsDeps {
  readonly store: Pick<Store, 'findPrincipal' | 'findAccount'>;
  readonly directory: Directory;
  readonly tcpPorts: TcpPorts;
  readonly grants: Pick<Grants, 'cutByEndpoint' | 'recheck'>;
  /** Rejects when a policy cannot be live; then nothing is published. The caller owns the chain. */
  readonly chains: Pick<Chains, 'open'>;
  readonly gate: Pick<IpGate, 'admits'>;
  readonly clock: Clock;
  readonly log: Log;
  /** At least 32 random bytes that outlive a restart. */
  readonly signingKey: Uint8Array;
  readonly serverVersion: string;
  readonly limits: AgentLimits;
}

/** All agent sessions of this node. In memory only. */
export class AgentSessions {
  readonly #deps: AgentSessionsDeps;
  readonly #budget: HeldBudget;
  readonly #sessionDeps: AgentSessionDeps;
  readonly #connections = new Map<Duplex, AgentSession>();
  readonly #legs = new SessionIndex();
  /** Closes the gap between looking a token up and entering its session. */
  readonly #revoked: Recent<CredentialId>;
  readonly #stopped: Recent<string>;
  readonly #arrivals: Arrivals;
  #unauthenticated = 0;
  #isMoving = false;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(deps: AgentSessionsDeps) {
    const { store, clock, limits } = deps;
    const signer = new Signer(deps.signingKey);
    this.#deps = deps;
    this.#arrivals = new Arrivals(clock, limits);
    this.#budget = new HeldBudget(limits.maxHeldBytes);
    this.#revoked = new Recent(limits.maxRemembered);
    this.#stopped = new Recent(limits.maxRemembered);
    this.#sessionDeps = {
      directory: deps.directory,
      tcpPorts: deps.tcpPorts,
      chains: deps.chains,
      recheck: (route) => void deps.grants.recheck(route),
      clock,
      limits,
      log: deps.log,
      serverVersion: deps.serverVersion,
      budget: this.#budget,
      bindTurns: new Turnstile(limits.bindsPerTurn),
      signer,
      stopped: this.#stopped,
      authenticator: new Authenticator({ store, signer, clock, limits, gate: deps.gate }),
      admit: (session, identity) => this.#admit(session, identity),
      stopEndpoint: ({ accountId, endpointId }, reason) => {
        this.stopEndpoint({ accountId, endpointId }, reason);
        deps.log.info({ accountId, endpointId, reason: reason.message }, 'Endpoint ended: it may not be as it is');
      },
      contest: (occupant) => this.#contest(occupant),
      onEnd: (session) => this.#forget(session),
    };
  }

  /** Sessions that are authenticated. */
  get size(): number {
    return this.#legs.size;
  }

  /** Bytes that agents have sent and nobody has read yet. */
  get heldBytes(): number {
    return this.#budget.heldBytes;
  }

  /** Takes a connection that speaks the agent protocol; owns it from here on. */
  accept(socket: Duplex, info: AgentConnectionInfo): void {
    if (socket.destroyed) return;
    const strangers = this.#arrivals.waiting + this.#unauthenticated;
    if (this.#drained || this.#isMoving || strangers >= this.#deps.limits.maxUnauthenticated) {
      socket.destroy();
      return;
    }
    this.#arrivals.enter(socket, info.remoteAddress, (onArrived) => this.#begin(socket, { ...info, onArrived }));
  }

  /** Live sessions of the account, newest first; of several legs the oldest is shown. */
  list(accountId: Id<'account'>): AgentSessionView[] {
    const views = new Map<string, AgentSessionView>();
    for (const leg of this.#legs.ofAccount(accountId)) {
      const view = viewOf(leg);
      if (view && !views.has(view.id)) views.set(view.id, view);
    }
    return [...views.values()].sort((a, b) => b.openedAtMs - a.openedAtMs);
  }

  /** A revoked credential: its sessions end at once and their names are free. Answers how many connections that were. */
  closeByCredential(credentialId: CredentialId): number {
    this.#revoked.add(credentialId);
    const legs = this.#legs.ofCredential(credentialId);
    for (const leg of legs) leg.end(new AditError(300), { keepNames: false });
    return legs.length;
  }

  /** The owner of the credential is disabled, perhaps not for ever: else the same. */
  pauseByCredential(credentialId: CredentialId): number {
    const legs = this.#legs.ofCredential(credentialId);
    for (const leg of legs) leg.end(new AditError(9115), { keepNames: false });
    return legs.length;
  }

  /** A suspended account: its sessions end at once and are told so. Answers how many connections that were. */
  closeByAccount(accountId: Id<'account'>): number {
    const legs = this.#legs.ofAccount(accountId);
    for (const leg of legs) leg.end(new AditError(103), { keepNames: false });
    return legs.length;
  }

  /** Where agents of the account are, each address once. */
  addressesOf(accountId: Id<'account'>): ReadonlySet<string> {
    return new Set(this.#legs.ofAccount(accountId).map(({ info }) => info.remoteAddress));
  }

  /** Those that have an agent here. */
  accounts(): ReadonlySet<Id<'account'>> {
    return new Set(this.credentials().map(({ accountId }) => accountId));
  }

  /** They may not be there any more. Answers how many connections that were. */
  closeByAddress(accountId: Id<'account'>, address: string): number {
    const legs = this.#legs.ofAccount(accountId).filter(({ info }) => info.remoteAddress === address);
    for (const leg of legs) leg.end(new AditError(115), { keepNames: false });
    return legs.length;
  }

  /**
   * What a credential may open has changed: its agents come back, and bind again under what is now. Answers how many
   * connections that were.
   */
  renewByCredential(credentialId: CredentialId): number {
    const legs = this.#legs.ofCredential(credentialId);
    for (const leg of legs) leg.end(new AditError(803), { keepNames: true });
    return legs.length;
  }

  /**
   * Stops an endpoint for good: no longer routed, its streams cut, its name free, its bind refused if the agent asks again.
   *
   * @param reason For the agent's user.
   * @returns false if the account has no such endpoint online.
   */
  stopEndpoint(key: { accountId: Id<'account'>; endpointId: Id<'endpoint'> }, reason: AditError): boolean {
    // Several legs of one agent serve an endpoint under one id (agent protocol, §14.4).
    const legs = this.#legs.ofAccount(key.accountId).filter((one) => one.has(key.endpointId));
    for (const leg of legs) leg.stopEndpoint(key.endpointId, reason);
    this.#deps.grants.cutByEndpoint(key.accountId, key.endpointId);
    return legs.length > 0;
  }

  /** How an endpoint of the account is; undefined: the account has no such endpoint online by an agent. */
  async healthOf(key: { accountId: Id<'account'>; endpointId: Id<'endpoint'> }): Promise<EndpointHealth | undefined> {
    const leg = this.#legs.ofAccount(key.accountId).find((one) => one.has(key.endpointId));
    return await leg?.health(key.endpointId);
  }

  /**
   * Sends a command to an agent; see `sendCommand`.
   *
   * @throws {AditError} 9101: the account has no such session.
   */
  async command(key: AgentSessionKey, command: AgentCommand): Promise<void> {
    const leg = this.#legs.legsOf(key.sessionId)[0];
    if (leg?.identity?.principal.accountId !== key.accountId) throw new AditError(9101);
    await leg.command(command);
  }

  /** Takes no new connection, and has every agent go to the server that takes this one's place; see `moveAgents`. */
  async moveOn(lastCall: Promise<void>): Promise<void> {
    this.#isMoving = true;
    this.#arrivals.clear();
    await moveAgents([...this.#connections.values()], { ...this.#deps, lastCall });
  }

  /** Whose sessions there are. */
  credentials(): LiveCredential[] {
    return this.#legs.credentials();
  }

  /** Takes no new connection, tells every agent to come back, resolves when all connections are gone. */
  async drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    this.#arrivals.clear();
    for (const session of [...this.#connections.values()]) session.end(new AditError(803), { keepNames: true });
    if (this.#connections.size === 0) this.#drained.resolve();
    await this.#drained.promise;
  }

  #begin(socket: Duplex, connection: AgentConnection): void {
    this.#unauthenticated += 1;
    this.#connections.set(socket, new AgentSession(socket, connection, this.#sessionDeps));
    socket.once('close', () => this.#forgetConnection(socket));
  }

  #admit(leg: AgentSession, identity: SessionIdentity): void {
    const { accountId, credentialId } = identity.principal;
    if (this.#drained || this.#isMoving) throw new AditError(803);
    if (this.#revoked.has(credentialId)) throw new AditError(107);
    this.#takeOver(identity);
    if (this.#legs.countOf(accountId) >= this.#deps.limits.maxSessionsPerAccount) throw new AditError(108);
    this.#legs.add(leg, identity);
    this.#unauthenticated -= 1;
  }

  /**
   * The same client came back before its old connection was found dead: the new one is it (agent protocol, §14.2.4). As a
   * first leg it begins anew and takes over all; as a further one it takes the place of the leg with its number.
   */
  #takeOver({ sessionId, leg, isFirstLeg }: SessionIdentity): void {
    const reason = new AditError(9305, 'The session was continued by a newer connection of its agent');
    for (const older of this.#legs.legsOf(sessionId)) {
      if (isFirstLeg || older.identity?.leg === leg) older.end(reason, { keepNames: true });
    }
  }

  /** A session is alive as long as one of its legs is; legs that give no sign of life are ended all the same. */
  async #contest(occupant: Endpoint): Promise<void> {
    const legs = occupant.agentSessionId === null ? [] : this.#legs.legsOf(occupant.agentSessionId);
    const reason = new AditError(9305, 'The session did not answer while another one asked for its name');
    const alive = await Promise.all(
      legs.map(async (leg) => {
        const isAlive = await leg.isAlive();
        if (!isAlive) leg.end(reason, { keepNames: true });
        return isAlive;
      }),
    );
    if (alive.includes(true)) throw alreadyOnline(occupant);
  }

  #forget(leg: AgentSession): void {
    if (leg.identity) this.#legs.remove(leg, leg.identity);
    else this.#unauthenticated -= 1;
  }

  #forgetConnection(socket: Duplex): void {
    this.#connections.delete(socket);
    if (this.#connections.size === 0) this.#drained?.resolve();
  }
}

function viewOf({ identity, info, openedAtMs }: AgentSession): AgentSessionView | undefined {
  if (!identity) return undefined;
  return {
    id: identity.sessionId,
    accountId: identity.principal.accountId,
    ownerId: identity.principal.userId,
    credentialId: identity.principal.credentialId,
    remoteAddress: info.remoteAddress,
    openedAtMs,
    transport: info.profile.name === 'ngrok' ? 'ngrok/v2' : info.profile.name,
    agentVersion: identity.client.version,
    operatingSystem: identity.client.operatingSystem,
    metadata: identity.client.metadata,
  };
}

import { AditError, type Id } from '@adit/contracts';
import type { BindRequest, PatchTunnelState, StartTunnelWithLabel } from '@adit/wire';
import { alreadyOnline, type Directory } from '../../directory/directory.ts';
import type { EndpointRequest, Publication } from '../../directory/publication.ts';
import type { EndpointAddress } from '../../domain/address.ts';
import { authorize, isAuthorized } from '../../domain/authorize.ts';
import { type Acl, allowsSecrets, parseAcl } from '../../domain/credential-acl.ts';
import { type Endpoint, labelsOf } from '../../domain/endpoint.ts';
import { type AskedBind, checkBind } from '../../domain/may-bind.ts';
import type { Recent } from '../../domain/recent.ts';
import type { Requirement } from '../../domain/requirement.ts';
import type { Route } from '../../domain/route.ts';
import type { TcpPorts } from '../../domain/tcp-ports.ts';
import type { Chains, LiveChain } from '../../policy/chains.ts';
import { emptyChain } from '../../policy/run/empty-chain.ts';
import type { AgentLimits } from './agent-limits.ts';
import type { AgentLink } from './agent-link.ts';
import type { SessionIdentity } from './authenticator.ts';
import { type ClaimsDeps, newClaims, oldClaims, requestedAddress } from './bind-claims.ts';
import { changeOf, shownFacts } from './bind-facts.ts';
import { type BindOptions, readBindOptions } from './bind-options.ts';
import { repliedOptions } from './bind-reply.ts';
import { type BindClaims, signBindToken } from './bind-token.ts';
import { labelledRequest, readLabelledTunnel, refuseRequirements, stoppedTunnel } from './labelled-tunnel.ts';

export interface AgentBindsDeps extends Omit<ClaimsDeps, 'directory'> {
  readonly directory: Directory;
  /** Rejects when a policy cannot be live; then nothing is published. */
  readonly chains: Pick<Chains, 'open'>;
  /** Asks live streams of the endpoint again, whose chain is another. */
  recheck(route: Route): void;
  readonly tcpPorts: TcpPorts;
  readonly limits: AgentLimits;
  /** Takes an endpoint offline for good, whichever legs serve it, cuts its streams and tells the agent why. */
  stopEndpoint(key: { accountId: Id<'account'>; endpointId: Id<'endpoint'> }, reason: AditError): void;
  /** Endpoints that were stopped, by id, and labelled tunnels by `stoppedTunnel`: they may not come back. */
  readonly stopped: Recent<string>;
  /**
   * Another session of the same account has the name. Resolves when that session was dead and has been closed.
   *
   * @throws {AditError} 334: it is alive.
   */
  contest(occupant: Endpoint): Promise<void>;
}

/** A bind request, read. */
interface Asked {
  readonly request: BindRequest;
  readonly options: BindOptions;
  /** The server chose the address: then nobody may have it, not even to share it. */
  readonly isChosen: boolean;
}

/** An endpoint that is online, and what has to be given back when it is not. */
interface Bind {
  readonly publication: Publication;
  readonly chain: Pick<LiveChain, 'close'>;
  closePort(): void;
}

/** The binds of one agent session: opened, changed and given up by the agent, or all at once with the session. */
export class AgentBinds {
  readonly #deps: AgentBindsDeps;
  readonly #identity: SessionIdentity;
  readonly #link: AgentLink;
  readonly #binds = new Map<string, Bind>();
  readonly #acl: Acl;
  readonly #requires: readonly Requirement[];
  /** Its policies may. */
  readonly #mayReadSecrets: boolean;
  #opening = 0;
  #isClosed = false;

  constructor(identity: SessionIdentity, link: AgentLink, deps: AgentBindsDeps) {
    this.#identity = identity;
    this.#link = link;
    this.#deps = deps;
    const { principal } = identity;
    this.#acl = parseAcl(principal.acl);
    this.#requires = this.#acl.filter((rule) => rule.kind === 'require');
    const secrets = { accountId: principal.accountId, ownerId: null };
    this.#mayReadSecrets = allowsSecrets(this.#acl) && isAuthorized(principal, 'policy.readSecrets', secrets);
  }

  /**
   * Brings an endpoint online and answers the reply.
   *
   * @throws {AditError} 301, 307, 308, 316, 319, 320, 324, 326, 332, 333, 334, 335, 356, 9100, 9220, 9403, 9404, 9405, 9410, and what compiling
   *   the chain throws.
   */
  async open(request: BindRequest): Promise<object> {
    this.#authorize();
    const options = readBindOptions(request);
    this.#checkMetadata(request.Extra.Metadata);
    this.#refuseTooMany();
    this.#opening += 1;
    try {
      return await this.#open(request, options);
    } finally {
      this.#opening -= 1;
    }
  }

  /**
   * Brings a tunnel online that has labels and no address, and answers the reply. It has no policies: the edges that send
   * visitors to it have.
   *
   * @throws {AditError} 301, 324, 333, 399, 9100, 9305, 9403. 9409: its credential requires policies.
   */
  openLabelled(request: StartTunnelWithLabel): object {
    this.#authorize();
    const tunnel = readLabelledTunnel(request);
    const { labels, metadata } = tunnel;
    this.#checkMetadata(metadata);
    checkBind(this.#acl, { kind: 'labels', labels });
    refuseRequirements(this.#requires);
    this.#refuseTooMany();
    // What is published now nobody would take back.
    if (this.#isClosed) throw new AditError(9305);
    this.#refuseStopped(stoppedTunnel(this.#identity.sessionId, labels));
    const { directory, clock } = this.#deps;
    const facts = labelledRequest(tunnel, { ...this.#identity, directory, clock, has: (id) => this.has(id) });
    const publication = directory.publishLabelled({ ...facts, link: this.#link.labelled });
    this.#binds.set(facts.endpointId, { publication, chain: emptyChain, closePort: () => {} });
    return { Id: facts.endpointId, Error: '' };
  }

  /** Takes an endpoint offline; its open streams go on (§10.4). Harmless for an id that is unknown. */
  close(endpointId: string): void {
    const bind = this.#binds.get(endpointId);
    this.#binds.delete(endpointId);
    bind?.publication.withdraw();
    bind?.closePort();
    bind?.chain.close();
  }

  /** Takes an endpoint offline for good: this session cannot open it again. */
  stop(endpointId: Id<'endpoint'>): void {
    const labels = labelsOf(this.find(endpointId)?.part);
    this.#deps.stopped.add(endpointId);
    if (labels) this.#deps.stopped.add(stoppedTunnel(this.#identity.sessionId, labels));
    this.close(endpointId);
  }

  /**
   * Changes a live endpoint.
   *
   * @throws {AditError} 333: no such endpoint in this session. 9403: something that cannot change. 301: too long.
   */
  patch(request: PatchTunnelState): void {
    const bind = this.#binds.get(request.TunnelId);
    if (!bind) throw new AditError(333);
    this.#checkMetadata(request.Metadata ?? '');
    const change = changeOf(request, bind.publication.route.endpoint);
    if (Object.keys(change).length > 0) bind.publication.update(change);
  }

  /** Undefined for an id that is unknown. */
  find(endpointId: Id<'endpoint'>): Endpoint | undefined {
    return this.#binds.get(endpointId)?.publication.route.endpoint;
  }

  has(endpointId: Id<'endpoint'>): boolean {
    return this.#binds.has(endpointId);
  }

  /** The session is over. `keepNames`: its account keeps them for a while, as the agent may come back. */
  closeAll(keepNames: boolean): void {
    this.#isClosed = true;
    for (const { publication, chain, closePort } of this.#binds.values()) {
      if (keepNames) publication.hold();
      else publication.withdraw();
      closePort();
      chain.close();
    }
    this.#binds.clear();
  }

  async #open(request: BindRequest, options: BindOptions): Promise<object> {
    const { accountId } = this.#identity.principal;
    const asked = { request, options, isChosen: false };
    if (request.Id !== '') {
      const claims = oldClaims(asked, accountId, this.#deps);
      // Its ACL may have changed since.
      checkBind(this.#acl, { kind: 'address', address: claims.address });
      return await this.#publish(claims, asked);
    }
    const address = requestedAddress(options, accountId, this.#deps);
    checkBind(this.#acl, this.#asked(options, address));
    if (address === null) return await this.#openAnywhere({ ...asked, isChosen: true });
    return await this.#publish(newClaims({ accountId, address }, options, this.#deps), asked);
  }

  #asked({ scheme }: BindOptions, address: EndpointAddress | null): AskedBind {
    if (address !== null) return { kind: 'address', address };
    return { kind: 'random', what: scheme === 'tcp' ? 'port' : 'name', domain: this.#deps.directory.domain };
  }

  /** At an address that is free, also of programs that are none of ours; another bind may have chosen it, too. */
  async #openAnywhere(asked: Asked): Promise<object> {
    const { options } = asked;
    const { accountId } = this.#identity.principal;
    const busyPorts = new Set<number>();
    for (;;) {
      const address = this.#deps.directory.freeAddress(options.scheme, busyPorts);
      try {
        return await this.#publish(newClaims({ accountId, address }, options, this.#deps), asked);
      } catch (error) {
        if (address.port === null || !isTaken(error)) throw error;
        busyPorts.add(address.port);
      }
    }
  }

  async #publish(claims: BindClaims, asked: Asked): Promise<object> {
    const { url } = await this.#bringOnline(claims, asked);
    return this.#reply(claims, asked.request, url);
  }

  async #bringOnline(claims: BindClaims, asked: Asked): Promise<Endpoint> {
    const { scheme: protocol, policy } = asked.options;
    const { accountId, address } = claims;
    const url = this.#deps.directory.urlOf(address);
    const chain = await this.#deps.chains.open({
      accountId,
      url,
      protocol,
      layer: 'agent',
      requires: this.#requires,
      mayReadSecrets: this.#mayReadSecrets,
      ...policy,
    });
    let closePort = (): void => {};
    try {
      await this.#contest(this.#occupantOf(claims, asked));
      const { scheme, binding, port } = claims.address;
      if (scheme === 'tcp' && binding === 'public' && port !== null)
        closePort = await this.#deps.tcpPorts.open(port, { comesBack: asked.request.Id !== '' });
      if (this.#isClosed) throw new AditError(9305);
      this.#refuseStopped(claims.endpointId);
      this.#refuseTaken(claims, asked);
      if (chain.lacks) throw chain.lacks;
      const serving = { chain: chain.chain, link: this.#link };
      const publication = this.#deps.directory.publish({ ...this.#facts(claims, asked), ...serving });
      this.#binds.set(claims.endpointId, { publication, chain, closePort });
      chain.follow({
        onReplaced: (next) => {
          publication.replaceChain(next);
          this.#deps.recheck(publication.route);
        },
        onLacking: (reason) => this.#deps.stopEndpoint(claims, reason),
      });
      return publication.route.endpoint;
    } catch (error) {
      closePort();
      chain.close();
      throw error;
    }
  }

  #facts(claims: BindClaims, { request, options }: Asked): Omit<EndpointRequest, 'chain' | 'link'> {
    const { endpointId, accountId, address, createdAtMs } = claims;
    const { isPooled, upstreamProtocol, proxyProtocol, hostHeader, tls } = options;
    return {
      ...shownFacts(request),
      ...{ endpointId, accountId, address, createdAtMs },
      ...{ isPooled, upstreamProtocol, proxyProtocol, hostHeader, tls },
      credentialId: this.#identity.principal.credentialId,
      agentSessionId: this.#identity.sessionId,
    };
  }

  #occupantOf({ endpointId, address, accountId }: BindClaims, { options, isChosen }: Asked): Endpoint | undefined {
    const { sessionId: agentSessionId } = this.#identity;
    const isPooled = options.isPooled && !isChosen;
    return this.#deps.directory.occupantOf({ endpointId, agentSessionId, address, accountId, isPooled });
  }

  async #contest(occupant: Endpoint | undefined): Promise<void> {
    // Another account's endpoint is not asked about: `publish` refuses it. Nor is our own.
    if (occupant === undefined || occupant.agentSessionId === this.#identity.sessionId) return;
    await this.#deps.contest(occupant);
  }

  /** Asked last of all: it may be stopped while a further leg of its session is binding it. */
  #refuseStopped(what: string): void {
    if (!this.#deps.stopped.has(what)) return;
    throw new AditError(333, 'Cannot open the endpoint again: it was stopped');
  }

  /** What `publish` would let pass: the same bind twice, and sharing an address that nobody asked for. */
  #refuseTaken(claims: BindClaims, asked: Asked): void {
    const occupant = this.#occupantOf(claims, asked) ?? this.#binds.get(claims.endpointId)?.publication.route.endpoint;
    if (occupant !== undefined) throw alreadyOnline(occupant);
  }

  #authorize(): void {
    const { principal } = this.#identity;
    authorize(principal, 'endpoint.bind', { accountId: principal.accountId, ownerId: principal.userId });
  }

  #refuseTooMany(): void {
    if (this.#binds.size + this.#opening >= this.#deps.limits.maxEndpointsPerSession) throw new AditError(324);
  }

  #checkMetadata(text: string): void {
    if (Buffer.byteLength(text) <= this.#deps.limits.maxMetadataBytes) return;
    throw new AditError(301, 'Cannot open or change the endpoint: its metadata is too long');
  }

  #reply(claims: BindClaims, request: BindRequest, url: string): object {
    return {
      Id: claims.endpointId,
      URL: url,
      Proto: request.Proto,
      Opts: repliedOptions(request, claims.address),
      Extra: { Token: signBindToken(claims, this.#deps.signer), TunnelID: claims.endpointId },
      Error: '',
    };
  }
}

/** Somebody else has the port: another program, or an endpoint that came first. */
function isTaken(error: unknown): boolean {
  return error instanceof AditError && (error.code === 9220 || error.code === 320 || error.code === 334);
}

import { AditError, type Id, newId } from '@adit/contracts';
import type { BindRequest, PatchTunnelState } from '@adit/wire';
import type { Directory, Publication } from '../../directory/directory.ts';
import { authorize } from '../../domain/authorize.ts';
import type { Chain, PolicySpec } from '../../domain/chain.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Endpoint, EndpointScheme } from '../../domain/endpoint.ts';
import type { Link } from '../../domain/link.ts';
import type { AgentLimits } from './agent-limits.ts';
import type { SessionIdentity } from './authenticator.ts';
import { type BindOptions, optionsDigest, readBindOptions, repliedOptions } from './bind-options.ts';
import { type BindClaims, readBindToken, signBindToken } from './bind-token.ts';
import type { Recent } from './recent.ts';
import type { Signer } from './signer.ts';

export interface AgentBindsDeps {
  readonly directory: Directory;
  /** Rejects when a policy cannot be live; then nothing is published. The caller owns the chain. */
  compileChain(policies: readonly PolicySpec[]): Promise<Chain>;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly limits: AgentLimits;
  /** Endpoints that were stopped: they may not come back. */
  readonly stopped: Recent<Id<'endpoint'>>;
  /**
   * Another session of the same account has the name. Resolves when that session was dead and has been closed.
   *
   * @throws {AditError} 334: it is alive.
   */
  contest(occupant: Endpoint): Promise<void>;
}

/** Bytes of `ForwardsTo` that are kept: it is shown and nothing else. */
const maxForwardsToChars = 1_024;

interface Bind {
  readonly publication: Publication;
  readonly chain: Chain;
}

/** The binds of one agent session: opened, changed and given up by the agent, or all at once with the session. */
export class AgentBinds {
  readonly #deps: AgentBindsDeps;
  readonly #identity: SessionIdentity;
  readonly #link: Link;
  readonly #binds = new Map<string, Bind>();
  #opening = 0;
  #isClosed = false;

  constructor(identity: SessionIdentity, link: Link, deps: AgentBindsDeps) {
    this.#identity = identity;
    this.#link = link;
    this.#deps = deps;
  }

  /**
   * Brings an endpoint online and answers the reply.
   *
   * @throws {AditError} 301, 319, 320, 324, 326, 332, 333, 334, 335, 9100, 9403, 9404, and what compiling the chain throws.
   */
  async open(request: BindRequest): Promise<object> {
    const { principal } = this.#identity;
    authorize(principal, 'endpoint.bind', { accountId: principal.accountId, ownerId: principal.userId });
    const options = readBindOptions(request);
    if (Buffer.byteLength(request.Extra.Metadata) > this.#deps.limits.maxMetadataBytes) {
      throw new AditError(301, 'Cannot open the endpoint: its metadata is too long');
    }
    if (this.#binds.size + this.#opening >= this.#deps.limits.maxEndpointsPerSession) throw new AditError(324);
    this.#opening += 1;
    try {
      const claims = request.Id === '' ? this.#newClaims(options) : this.#oldClaims(request, options);
      const publication = await this.#publish(claims, request, options);
      return this.#reply(claims, request, publication.route.endpoint.url);
    } finally {
      this.#opening -= 1;
    }
  }

  /** Takes an endpoint offline; its open streams go on (§10.4). Harmless for an id that is unknown. */
  close(endpointId: string): void {
    const bind = this.#binds.get(endpointId);
    this.#binds.delete(endpointId);
    bind?.publication.withdraw();
    bind?.chain.close();
  }

  /**
   * Changes a live endpoint.
   *
   * @throws {AditError} 333: no such endpoint in this session. 9403: something else than metadata. 301: too long.
   */
  patch(request: PatchTunnelState): void {
    const bind = this.#binds.get(request.TunnelId);
    if (!bind) throw new AditError(333);
    for (const name of ['Name', 'Description', 'TrafficPolicy', 'PoolingEnabled'] as const) {
      if (request[name])
        throw new AditError(9403, `Cannot change the endpoint: ${name} is not supported by this server`);
    }
    if (request.Metadata === null) return;
    if (Buffer.byteLength(request.Metadata) > this.#deps.limits.maxMetadataBytes) {
      throw new AditError(301, 'Cannot change the endpoint: its metadata is too long');
    }
    bind.publication.update({ metadata: request.Metadata });
  }

  has(endpointId: Id<'endpoint'>): boolean {
    return this.#binds.has(endpointId);
  }

  /** The session is over. `keepNames`: its account keeps them for a while, as the agent may come back. */
  closeAll(keepNames: boolean): void {
    this.#isClosed = true;
    for (const { publication, chain } of this.#binds.values()) {
      if (keepNames) publication.hold();
      else publication.withdraw();
      chain.close();
    }
    this.#binds.clear();
  }

  #newClaims({ scheme, requestedNames, policies }: BindOptions): BindClaims {
    const createdAtMs = this.#deps.clock.now();
    return {
      endpointId: newId('endpoint', createdAtMs),
      accountId: this.#identity.principal.accountId,
      scheme,
      host: this.#requestedHost(requestedNames, scheme) ?? this.#deps.directory.freeName(),
      optionsDigest: optionsDigest(policies),
      createdAtMs,
    };
  }

  /** A bind that comes back keeps its id and URL, and must not come back weaker (§14.2). */
  #oldClaims(request: BindRequest, options: BindOptions): BindClaims {
    const claims = readBindToken(request.Extra.Token, this.#deps.signer);
    const isOurs = claims?.endpointId === request.Id && claims.accountId === this.#identity.principal.accountId;
    if (!claims || !isOurs) throw new AditError(335);
    const asked = this.#requestedHost(options.requestedNames, options.scheme) ?? claims.host;
    const isSame = asked === claims.host && options.scheme === claims.scheme;
    if (!isSame || optionsDigest(options.policies) !== claims.optionsDigest) {
      throw new AditError(335, 'Cannot open the endpoint again: its options differ from those it was opened with');
    }
    if (this.#deps.stopped.has(claims.endpointId)) {
      throw new AditError(333, 'Cannot open the endpoint again: it was stopped');
    }
    // The rules may have changed since: another domain, another reserved name.
    this.#deps.directory.parseName(claims.host, claims.scheme);
    return claims;
  }

  #requestedHost(requestedNames: readonly string[], scheme: EndpointScheme): string | null {
    const hosts = requestedNames
      .map((name) => this.#deps.directory.parseName(name, scheme))
      .filter((host) => host !== null);
    const [host = null, ...others] = new Set(hosts);
    if (others.length > 0)
      throw new AditError(326, `Cannot open the endpoint: it asks for "${host}" and "${others[0]}"`);
    return host;
  }

  async #publish(claims: BindClaims, request: BindRequest, options: BindOptions): Promise<Publication> {
    const chain = await this.#deps.compileChain(options.policies);
    try {
      await this.#contestName(claims);
      if (this.#isClosed) throw new AditError(9305);
      const publication = this.#deps.directory.publish({
        endpointId: claims.endpointId,
        accountId: claims.accountId,
        scheme: claims.scheme,
        host: claims.host,
        createdAtMs: claims.createdAtMs,
        chain,
        link: this.#link,
        upstreamProtocol: options.upstreamProtocol,
        forwardsTo: request.ForwardsTo.slice(0, maxForwardsToChars),
        metadata: request.Extra.Metadata,
        credentialId: this.#identity.principal.credentialId,
        agentSessionId: this.#identity.sessionId,
      });
      this.#binds.set(claims.endpointId, { publication, chain });
      return publication;
    } catch (error) {
      chain.close();
      throw error;
    }
  }

  async #contestName({ scheme, host, accountId }: BindClaims): Promise<void> {
    const occupant = this.#deps.directory.find(scheme, host)?.endpoint;
    // Another account's endpoint is not asked about: `publish` refuses it. Nor is our own.
    if (occupant?.accountId !== accountId || occupant.agentSessionId === this.#identity.sessionId) return;
    await this.#deps.contest(occupant);
  }

  #reply(claims: BindClaims, request: BindRequest, url: string): object {
    return {
      Id: claims.endpointId,
      URL: url,
      Proto: request.Proto,
      Opts: repliedOptions(request.Opts, claims.host),
      Extra: { Token: signBindToken(claims, this.#deps.signer), TunnelID: claims.endpointId },
      Error: '',
    };
  }
}

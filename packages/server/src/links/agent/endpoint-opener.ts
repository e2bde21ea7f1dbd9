import { AditError, type Id } from '@adit/contracts';
import type { BindRequest } from '@adit/wire';
import { alreadyOnline, type Directory } from '../../directory/directory.ts';
import type { EndpointRequest, Publication } from '../../directory/publication.ts';
import type { EndpointAddress } from '../../domain/address.ts';
import { isAuthorized } from '../../domain/authorize.ts';
import { type Acl, allowsSecrets } from '../../domain/credential-acl.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { type AskedBind, checkBind } from '../../domain/may-bind.ts';
import type { Requirement } from '../../domain/requirement.ts';
import type { Route } from '../../domain/route.ts';
import type { TcpPorts } from '../../domain/tcp-ports.ts';
import type { Chains, LiveChain } from '../../policy/chains.ts';
import type { AgentLink } from './agent-link.ts';
import type { SessionIdentity } from './authenticator.ts';
import { type ClaimsDeps, newClaims, oldClaims, requestedAddress } from './bind-claims.ts';
import { shownFacts } from './bind-facts.ts';
import type { BindOptions } from './bind-options.ts';
import { repliedOptions } from './bind-reply.ts';
import { type BindClaims, signBindToken } from './bind-token.ts';

export interface OpenerDeps extends Omit<ClaimsDeps, 'directory'> {
  readonly directory: Directory;
  /** Rejects when a policy cannot be live; then nothing is published. */
  readonly chains: Pick<Chains, 'open'>;
  /** Asks live streams of the endpoint again, whose chain is another. */
  recheck(route: Route): void;
  readonly tcpPorts: TcpPorts;
  /** Takes an endpoint offline for good, whichever legs serve it, cuts its streams and tells the agent why. */
  stopEndpoint(key: { accountId: Id<'account'>; endpointId: Id<'endpoint'> }, reason: AditError): void;
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
export interface Bind {
  readonly publication: Publication;
  readonly chain: Pick<LiveChain, 'close'>;
  closePort(): void;
}

/** Those of the session, as far as it decides whether one more may go online. */
export interface OpenBinds {
  /** The session is over: what would be published now nobody would take back. */
  readonly isClosed: boolean;
  find(endpointId: string): Endpoint | undefined;
  add(endpointId: string, bind: Bind): void;
  /** @throws {AditError} 333 */
  refuseStopped(endpointId: string): void;
}

export interface OpenerParts {
  readonly identity: SessionIdentity;
  readonly link: AgentLink;
  /** Of its credential. */
  readonly acl: Acl;
  readonly requires: readonly Requirement[];
  readonly binds: OpenBinds;
}

/** Brings endpoints of one agent session online: address, chain, port, and only then the route. */
export class EndpointOpener {
  readonly #parts: OpenerParts;
  readonly #deps: OpenerDeps;
  readonly #identity: SessionIdentity;
  readonly #binds: OpenBinds;
  /** Its policies may. */
  readonly #mayReadSecrets: boolean;

  constructor(parts: OpenerParts, deps: OpenerDeps) {
    this.#parts = parts;
    this.#deps = deps;
    this.#identity = parts.identity;
    this.#binds = parts.binds;
    const { principal } = parts.identity;
    const secrets = { accountId: principal.accountId, ownerId: null };
    this.#mayReadSecrets = allowsSecrets(parts.acl) && isAuthorized(principal, 'policy.readSecrets', secrets);
  }

  /**
   * Answers the reply.
   *
   * @throws {AditError} 307, 308, 316, 319, 320, 326, 332, 333, 334, 335, 356, 9220, 9305, 9404, 9405, 9408, 9409, 9410, and what
   *   compiling the chain throws.
   */
  async open(request: BindRequest, options: BindOptions): Promise<object> {
    const { accountId } = this.#identity.principal;
    const asked = { request, options, isChosen: false };
    if (request.Id !== '') {
      const claims = oldClaims(asked, accountId, this.#deps);
      // Its ACL may have changed since.
      checkBind(this.#parts.acl, { kind: 'address', address: claims.address });
      return await this.#publish(claims, asked);
    }
    const address = requestedAddress(options, accountId, this.#deps);
    checkBind(this.#parts.acl, this.#asked(options, address));
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
      requires: this.#parts.requires,
      mayReadSecrets: this.#mayReadSecrets,
      ...policy,
    });
    let closePort = (): void => {};
    try {
      await this.#contest(this.#occupantOf(claims, asked));
      const { scheme, binding, port } = claims.address;
      if (scheme === 'tcp' && binding === 'public' && port !== null)
        closePort = await this.#deps.tcpPorts.open(port, { comesBack: asked.request.Id !== '' });
      if (this.#binds.isClosed) throw new AditError(9305);
      this.#binds.refuseStopped(claims.endpointId);
      this.#refuseTaken(claims, asked);
      if (chain.lacks) throw chain.lacks;
      const serving = { chain: chain.chain, link: this.#parts.link };
      const publication = this.#deps.directory.publish({ ...this.#facts(claims, asked), ...serving });
      this.#binds.add(claims.endpointId, { publication, chain, closePort });
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

  /** What `publish` would let pass: the same bind twice, and sharing an address that nobody asked for. */
  #refuseTaken(claims: BindClaims, asked: Asked): void {
    const occupant = this.#occupantOf(claims, asked) ?? this.#binds.find(claims.endpointId);
    if (occupant !== undefined) throw alreadyOnline(occupant);
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

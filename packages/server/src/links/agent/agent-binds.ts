import { AditError, type Id } from '@adit/contracts';
import type { BindRequest, PatchTunnelState, StartTunnelWithLabel } from '@adit/wire';
import { authorize } from '../../domain/authorize.ts';
import { type Acl, parseAcl } from '../../domain/credential-acl.ts';
import { type Endpoint, labelsOf } from '../../domain/endpoint.ts';
import { checkBind } from '../../domain/may-bind.ts';
import type { Recent } from '../../domain/recent.ts';
import type { Requirement } from '../../domain/requirement.ts';
import { emptyChain } from '../../policy/run/empty-chain.ts';
import type { AgentLimits } from './agent-limits.ts';
import type { AgentLink } from './agent-link.ts';
import type { SessionIdentity } from './authenticator.ts';
import { changeOf } from './bind-facts.ts';
import { readBindOptions } from './bind-options.ts';
import { type Bind, EndpointOpener, type OpenBinds, type OpenerDeps } from './endpoint-opener.ts';
import { labelledRequest, readLabelledTunnel, refuseRequirements, stoppedTunnel } from './labelled-tunnel.ts';

export interface AgentBindsDeps extends OpenerDeps {
  readonly limits: AgentLimits;
  /** Endpoints that were stopped, by id, and labelled tunnels by `stoppedTunnel`: they may not come back. */
  readonly stopped: Recent<string>;
}

/** The binds of one agent session: opened, changed and given up by the agent, or all at once with the session. */
export class AgentBinds implements OpenBinds {
  readonly #deps: AgentBindsDeps;
  readonly #identity: SessionIdentity;
  readonly #link: AgentLink;
  readonly #binds = new Map<string, Bind>();
  readonly #acl: Acl;
  readonly #requires: readonly Requirement[];
  readonly #opener: EndpointOpener;
  #opening = 0;
  isClosed = false;

  constructor(identity: SessionIdentity, link: AgentLink, deps: AgentBindsDeps) {
    this.#identity = identity;
    this.#link = link;
    this.#deps = deps;
    this.#acl = parseAcl(identity.principal.acl);
    this.#requires = this.#acl.filter((rule) => rule.kind === 'require');
    const [acl, requires] = [this.#acl, this.#requires];
    this.#opener = new EndpointOpener({ identity, link, acl, requires, binds: this }, deps);
  }

  /**
   * Brings an endpoint online and answers the reply.
   *
   * @throws {AditError} 301, 324, 9100, 9403, and what `EndpointOpener.open` throws.
   */
  async open(request: BindRequest): Promise<object> {
    this.#authorize();
    const options = readBindOptions(request);
    this.#checkMetadata(request.Extra.Metadata);
    this.#refuseTooMany();
    this.#opening += 1;
    try {
      return await this.#opener.open(request, options);
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
    if (this.isClosed) throw new AditError(9305);
    this.refuseStopped(stoppedTunnel(this.#identity.sessionId, labels));
    const { directory, clock } = this.#deps;
    const facts = labelledRequest(tunnel, { ...this.#identity, directory, clock, has: (id) => this.has(id) });
    const publication = directory.publishLabelled({ ...facts, link: this.#link.labelled });
    this.add(facts.endpointId, { publication, chain: emptyChain, closePort: () => {} });
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
  find(endpointId: string): Endpoint | undefined {
    return this.#binds.get(endpointId)?.publication.route.endpoint;
  }

  add(endpointId: string, bind: Bind): void {
    this.#binds.set(endpointId, bind);
  }

  has(endpointId: Id<'endpoint'>): boolean {
    return this.#binds.has(endpointId);
  }

  /** The session is over. `keepNames`: its account keeps them for a while, as the agent may come back. */
  closeAll(keepNames: boolean): void {
    this.isClosed = true;
    for (const { publication, chain, closePort } of this.#binds.values()) {
      if (keepNames) publication.hold();
      else publication.withdraw();
      closePort();
      chain.close();
    }
    this.#binds.clear();
  }

  /** Asked last of all: it may be stopped while a further leg of its session is binding it. */
  refuseStopped(what: string): void {
    if (!this.#deps.stopped.has(what)) return;
    throw new AditError(333, 'Cannot open the endpoint again: it was stopped');
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
}

// The directory: the one registry of public names and ports and the route table published from it. In memory only: binds
// are not durable. Not here: who may open an endpoint (links/), and what is done with a request (edge/).
import { AditError, type Id } from '@adit/contracts';
import type { EndpointAddress } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import {
  type Endpoint,
  type EndpointScheme,
  isShown,
  type LabelledScheme,
  labelledSchemes,
  labelsOf,
} from '../domain/endpoint.ts';
import type { Labels } from '../domain/labels.ts';
import type { PublicNames } from '../domain/public-names.ts';
import type { Arrival, Route, RouteTable } from '../domain/route.ts';
import { hasSameDemands } from '../domain/tls-demands.ts';
import { Arrivals } from './arrivals.ts';
import { type DirectoryLimits, defaultDirectoryLimits } from './directory-limits.ts';
import { freePort } from './free-port.ts';
import { endpointRequest, joinPublications, type LabelledRequest, labelledAddress } from './labelled-tunnel.ts';
import { isCounted, isPort, Names } from './names.ts';
import { Ownership } from './ownership.ts';
import { anyOf, endpointsOf, isSameBind } from './pool.ts';
import type { PortRange } from './port-range.ts';
import type { EndpointRequest, Publication, ServiceRequest } from './publication.ts';
import { randomLabel } from './random-label.ts';
import { parseRequestedAddress, refuseForeignAndReserved } from './requested-address.ts';
import type { Reservation, Reservations } from './reservations.ts';
import { ServedNames } from './served-names.ts';

export interface DirectoryOptions extends Partial<DirectoryLimits> {
  readonly clock: Clock;
  /** Lower case. Every public name is below it. */
  readonly domain: string;
  /** Ports of tcp endpoints; null: this server has none. */
  readonly tcpPorts: PortRange | null;
  /** Kept up to date by whoever opens the directory. */
  readonly reservations: Reservations;
  /** The URL as people see it, with the port when it is not the scheme's own. */
  publicUrl(address: Pick<EndpointAddress, 'scheme' | 'host' | 'port'>): string;
  /** Something is online under that host, after it is so. Default: nobody wants to know. */
  readonly onOnline?: (host: string) => void;
  /** A name is free again: nobody is online under it, and nobody keeps it. Default: nobody wants to know. */
  readonly onFree?: () => void;
}

/** An endpoint that would go online, as far as it decides whether it may. */
type Claim = Pick<EndpointRequest, 'address' | 'accountId' | 'isPooled' | 'endpointId' | 'agentSessionId'>;

/** Owner of the console's own endpoints. No principal has it, so no list shows them. */
const serverAccountId: Id<'account'> = `ac_${'0'.repeat(27)}`;
const zeroEndpointId: Id<'endpoint'> = `ep_${'0'.repeat(27)}`;

/**
 * The one registry of names and ports across accounts, and the route table. All schemes of a host have one owner, and so
 * have all names below a wildcard. A route is immutable and replaced whole: a reader holds a consistent one for as long as
 * it likes.
 */
export class Directory implements RouteTable, PublicNames {
  readonly #options: DirectoryOptions & DirectoryLimits;
  readonly #names = new Names();
  readonly #ownership: Ownership;
  readonly #served: ServedNames;
  readonly #arrivals: Arrivals;

  constructor(options: DirectoryOptions) {
    this.#options = { ...defaultDirectoryLimits, ...options };
    this.#ownership = new Ownership({ ...this.#options, names: this.#names });
    this.#served = new ServedNames({ ...this.#options, names: this.#names });
    this.#arrivals = new Arrivals(options.clock);
  }

  /** For that long, agents of a server before this one are on their way here. */
  expectArrivals(forMs: number): void {
    this.#arrivals.expect(forMs);
  }

  awaited(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): Arrival | undefined {
    return this.#arrivals.isOpen && !this.#isServed(scheme, host) ? this.#arrivals.wait(host) : undefined;
  }

  /** For what is internal to an account: to come under that host, or null, for any labelled tunnel or part of an edge of it. */
  awaitedInternal(accountId: Id<'account'>, host: string | null): Arrival | undefined {
    return this.#arrivals.wait(host ?? accountId);
  }

  find(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): Route | undefined {
    return anyOf(this.#names.findOnline(scheme, host));
  }

  findPort(port: number): Route | undefined {
    return anyOf(this.#names.findPort(port));
  }

  /** The internal endpoint of an account, for what another endpoint of it forwards. Of a pool any one. */
  findInternal(accountId: Id<'account'>, address: EndpointAddress): Route | undefined {
    return anyOf(this.#names.findInternal(accountId, address));
  }

  /**
   * Where visitors of an edge are sent: of each pool of labelled tunnels of the account that has all of these labels, and maybe
   * more, any one.
   */
  findLabelled(accountId: Id<'account'>, scheme: LabelledScheme, labels: Labels): Route[] {
    return this.#names.findLabelled(accountId, scheme, labels).flatMap((name) => anyOf(name) ?? []);
  }

  /** The labelled tunnels of the account that are online with these labels and no others, once for each leg that serves them. */
  labelledAs(accountId: Id<'account'>, labels: Labels): Endpoint[] {
    const name = this.#names.get(labelledAddress(labelledSchemes[0], labels), accountId);
    return (name?.members ?? []).map(({ endpoint }) => endpoint);
  }

  isOnline(route: Route): boolean {
    const members = this.#names.get(route.endpoint, route.endpoint.accountId)?.members ?? [];
    return members.some((member) => member === route || isSameBind(member, route));
  }

  current(route: Route): Route | undefined {
    const members = this.#names.get(route.endpoint, route.endpoint.accountId)?.members ?? [];
    return members.find(({ bindId, link }) => bindId === route.bindId && link === route.link);
  }

  isHeld(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): boolean {
    return this.#names.isHeld(scheme, host);
  }

  isKnownHost(host: string): boolean {
    return this.#ownership.ownersOf(host).length > 0;
  }

  /** Endpoints of all accounts that are online now, as `list` has them. Walks over all names: for metrics. */
  countOnline(): number {
    let count = 0;
    for (const accountId of this.#names.accounts()) {
      if (accountId !== serverAccountId) count += this.#shown(accountId).length;
    }
    return count;
  }

  /** Online endpoints of the account, newest first: each labelled tunnel once, and nothing that only an edge leads to. */
  list(accountId: Id<'account'>): Endpoint[] {
    // Ids sort by age.
    return this.#shown(accountId).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /**
   * The address that was asked for, or null if the request leaves the choice to the server.
   *
   * @throws {AditError} 307, 319, 326, 332 or 9404; see `parseRequestedAddress`.
   */
  parseAddress(requested: string, scheme: EndpointScheme, accountId: Id<'account'>): EndpointAddress | null {
    const { domain, tcpPorts, publicUrl, reservations } = this.#options;
    const isOwn = (host: string): boolean => reservations.ownerOf(host) === accountId;
    const publicPort = (of: EndpointScheme): number => portOf(publicUrl({ scheme: of, host: domain, port: null }));
    return parseRequestedAddress(requested, scheme, { domain, tcpPorts, publicPort, isOwn });
  }

  /**
   * An address that nobody has: an unguessable name below the domain, or a port.
   *
   * @param busyPorts Not these, which something else than an endpoint has.
   * @throws {AditError} 332: this server has no tcp ports. 9405: all of them are taken.
   */
  freeAddress(scheme: EndpointScheme, busyPorts: ReadonlySet<number> = new Set()): EndpointAddress {
    const { domain } = this.#options;
    if (scheme === 'tcp') {
      const isTaken = (port: number): boolean => busyPorts.has(port) || this.#ownership.ownersOfPort(port).length > 0;
      return { scheme, host: domain, port: freePort(this.#options.tcpPorts, isTaken), binding: 'public' };
    }
    for (;;) {
      const host = `${randomLabel()}.${domain}`;
      if (!this.isKnownHost(host)) return { scheme, host, port: null, binding: 'public' };
    }
  }

  refuseForeign(address: EndpointAddress, accountId: Id<'account'>): void {
    this.#ownership.refuseForeign(accountId, address, this.urlOf(address));
  }

  /** As people see it. */
  urlOf(address: EndpointAddress): string {
    return this.#options.publicUrl(address);
  }

  get domain(): string {
    return this.#options.domain;
  }

  refuseReserved(host: string): void {
    refuseForeignAndReserved(host, { domain: this.domain, isOwn: () => true });
  }

  isUsedByOthers(host: string, accountId: Id<'account'>): boolean {
    return this.#ownership.isUsedByOthers(host, accountId);
  }

  freePort(): number {
    return this.freeAddress('tcp').port ?? 0;
  }

  /**
   * The account's own endpoint that is in the way of a new one: unless both may be pooled, any that is online there. It is
   * not in its own way when a further leg of its session serves it, too.
   */
  occupantOf({ address, accountId, isPooled, ...asked }: Claim): Endpoint | undefined {
    const name = this.#names.get(address, accountId);
    if (name === undefined) return undefined;
    const isShared = isPooled && name.address.scheme === address.scheme;
    const isItself = ({ id, agentSessionId }: Endpoint): boolean =>
      id === asked.endpointId && agentSessionId === asked.agentSessionId;
    const isInTheWay = (endpoint: Endpoint): boolean => !isItself(endpoint) && !(isShared && endpoint.isPooled);
    return name.members.find(({ endpoint }) => isInTheWay(endpoint))?.endpoint;
  }

  /**
   * Brings an endpoint online under an address that is free, held for the same account, or shared by it.
   *
   * @throws {AditError} 320: the name belongs to another account. 334: it is live. 324: too many names or ports. 9408: those that
   *   share it ask something else of TLS.
   */
  publish(request: EndpointRequest): Publication {
    const { endpointId, address, chain, link, tls, ...facts } = request;
    const url = this.#options.publicUrl(address);
    this.#ownership.refuseForeign(request.accountId, address, url);
    const occupant = this.occupantOf(request);
    if (occupant) throw alreadyOnline(occupant);
    this.#refuseOtherTls(request, url);
    this.#refuseTooMany(request);
    return this.#put({ ...facts, ...address, id: endpointId, url }, { chain, link, tls, bindId: endpointId });
  }

  /**
   * Brings a labelled tunnel online, in a pool with all others that have the same labels.
   *
   * @throws {AditError} 324: too many names.
   */
  publishLabelled(request: LabelledRequest): Publication {
    const [first, ...others] = labelledSchemes;
    const publish = (scheme: LabelledScheme): Publication => this.publish(endpointRequest(request, scheme));
    return joinPublications([publish(first), ...others.map(publish)]);
  }

  /**
   * Endpoints that are online where reservations came or went, and whose accounts have no right to be there any more: the
   * caller ends them. Of what is held there without right this lets go.
   */
  withoutRight(changed: readonly Reservation[]): Endpoint[] {
    const lost = this.#ownership.lostBy(changed).filter(({ accountId }) => accountId !== serverAccountId);
    for (const name of lost) if (name.members.length === 0) this.#served.letGo(name);
    return endpointsOf(lost);
  }

  /** Brings a console service online. Its name is not subject to the rules for endpoints. */
  publishService({ host, scheme, link, chain, bindId }: ServiceRequest): Route {
    const owner = this.#names.ownerOf(host);
    if (owner !== undefined && owner !== serverAccountId) {
      throw new RangeError(`Cannot publish service "${host}": an endpoint has the name`);
    }
    const address = { scheme, host, port: null, binding: 'public' } as const;
    const endpoint = { ...serviceFacts, ...address, url: this.#options.publicUrl(address) };
    return this.#put({ ...endpoint, createdAtMs: this.#options.clock.timeOfDay() }, { chain, link, tls: null, bindId })
      .route;
  }

  /** Or redirected: a visitor of plain HTTP, where there is TLS only. */
  #isServed(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): boolean {
    const answering = scheme === 'http' ? (['https', 'tls', 'http'] as const) : (['https', 'tls'] as const);
    return answering.some((one) => this.#names.findOnline(one, host) !== undefined);
  }

  /**
   * A handshake is made for one of a pool, before anybody knows which of them gets the request. If another asked for less, the
   * pool would be open to whom it was to be closed.
   */
  #refuseOtherTls({ address, accountId, chain }: EndpointRequest, url: string): void {
    const { members = [] } = this.#names.get(address, accountId) ?? {};
    if (members.every((member) => hasSameDemands(member.chain.tls, chain.tls))) return;
    throw new AditError(9408, `Cannot open "${url}": an endpoint that is online there asks something else of TLS`);
  }

  #refuseTooMany({ address, accountId, part }: EndpointRequest): void {
    const { maxNamesPerAccount: maxNames, maxTcpPortsPerAccount: maxPorts } = this.#options;
    if (this.#names.get(address, accountId) || !isCounted({ address, labels: labelsOf(part) })) return;
    if (this.#names.countOf(accountId) >= maxNames) throw tooMany(`${maxNames} names`);
    if (isPort(address) && this.#names.portsOf(accountId) >= maxPorts) throw tooMany(`${maxPorts} tcp ports`);
  }

  #shown(accountId: Id<'account'>): Endpoint[] {
    return endpointsOf(this.#names.ofAccount(accountId)).filter(isShown);
  }

  #put(facts: Omit<Endpoint, 'generation'>, serving: Omit<Route, 'endpoint'>): Publication {
    const publication = this.#served.put(facts, serving);
    this.#arrivals.arrived(facts.host);
    if (facts.part) this.#arrivals.arrived(facts.accountId);
    this.#options.onOnline?.(facts.host);
    return publication;
  }
}

const serviceFacts = {
  id: zeroEndpointId,
  accountId: serverAccountId,
  isPooled: false,
  upstreamProtocol: 'http1',
  proxyProtocol: 0,
  hostHeader: null,
  forwardsTo: '',
  name: '',
  description: '',
  metadata: '',
  credentialId: null,
  agentSessionId: null,
} as const;

/** The refusal of a name that is live: says who holds it, which only its own account is ever told. */
export function alreadyOnline(occupant: Endpoint): AditError {
  const since = new Date(occupant.createdAtMs).toISOString();
  const { id, url, agentSessionId } = occupant;
  const holder = agentSessionId === null ? `cloud endpoint ${id}` : `agent session ${agentSessionId}`;
  const message = `Cannot open "${url}": ${holder} has it online since ${since}`;
  return new AditError(334, message, { details: { agentSessionId, since } });
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? ({ 'http:': 80, 'https:': 443 }[protocol] ?? 443) : Number(port);
}

function tooMany(what: string): AditError {
  return new AditError(324, `Cannot open another endpoint: the account has ${what} online or held`);
}

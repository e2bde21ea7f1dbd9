import { AditError, type Id } from '@adit/contracts';
import type { Chain } from '../domain/chain.ts';
import type { Clock } from '../domain/clock.ts';
import type { Endpoint, EndpointScheme } from '../domain/endpoint.ts';
import type { CredentialId } from '../domain/entities.ts';
import type { Link } from '../domain/link.ts';
import type { Route, RouteTable } from '../domain/route.ts';
import { randomLabel } from './random-label.ts';
import { type NameRules, parseRequestedName } from './requested-name.ts';

/** What an endpoint needs to go online. */
export interface EndpointRequest {
  readonly endpointId: Id<'endpoint'>;
  readonly accountId: Id<'account'>;
  readonly scheme: EndpointScheme;
  /** From `parseName` or `freeName`. */
  readonly host: string;
  /** Live already: what is published is enforced. */
  readonly chain: Chain;
  readonly link: Link;
  /** What the service behind it speaks. */
  readonly upstreamProtocol: Endpoint['upstreamProtocol'];
  readonly forwardsTo: string;
  readonly metadata: string;
  readonly createdAtMs: number;
  readonly credentialId: CredentialId;
  readonly agentSessionId: Id<'agentSession'>;
}

/** A console service (API, dashboard) that is routed like an endpoint and belongs to no account. */
export interface ServiceRequest {
  readonly host: string;
  readonly scheme: EndpointScheme;
  readonly link: Link;
  readonly chain: Chain;
  readonly bindId: string;
}

/** The right over one published name, for whoever published it. After `hold` or `withdraw` every call is harmless. */
export interface Publication {
  readonly route: Route;
  /** Changes what people are shown. Traffic is not interrupted. */
  update(change: { readonly metadata: string }): void;
  /** Offline at once; for the grace time only the same account may take the name. */
  hold(): void;
  /** Offline at once and free for everybody. */
  withdraw(): void;
}

export interface DirectoryOptions {
  readonly clock: Clock;
  /** Lower case. Every endpoint's name is below it. */
  readonly domain: string;
  /** The URL as people see it, with the port when it is not the scheme's own. */
  publicUrl(scheme: EndpointScheme, host: string): string;
  /**
   * How long an account keeps the name of an endpoint whose session was lost. Default: 150,000 ms, which covers the third
   * retry of the slowest SDK (agent protocol, §14.3).
   */
  readonly holdMs?: number;
  /** Live and held names an account may have. Default: 65,536. */
  readonly maxNamesPerAccount?: number;
}

/** Owner of the console's own endpoints. No principal has it, so no list shows them. */
const serverAccountId: Id<'account'> = `ac_${'0'.repeat(27)}`;
const zeroEndpointId: Id<'endpoint'> = `ep_${'0'.repeat(27)}`;

/** One name under one scheme. Live while it has a route; otherwise held for its account. */
interface Name {
  readonly accountId: Id<'account'>;
  readonly scheme: EndpointScheme;
  readonly host: string;
  route: Route | undefined;
  cancelExpiry: () => void;
}

/**
 * The one registry of hosts across accounts, and the route table. http and https of a host are two endpoints with one
 * owner. A route is immutable and replaced whole: a reader holds a consistent one for as long as it likes.
 */
export class Directory implements RouteTable {
  readonly #options: DirectoryOptions;
  readonly #rules: NameRules;
  readonly #names = { http: new Map<string, Name>(), https: new Map<string, Name>() };
  readonly #byAccount = new Map<Id<'account'>, Set<Name>>();
  #generation = 0;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#rules = { domain: options.domain, publicPort: (scheme) => portOf(options.publicUrl(scheme, options.domain)) };
  }

  /** @param host Lower case, without port or trailing dot. */
  find(scheme: EndpointScheme, host: string): Route | undefined {
    return this.#names[scheme].get(host)?.route;
  }

  /** True if an endpoint or a service has this name, live or held. */
  isKnownHost(host: string): boolean {
    return this.#names.https.has(host) || this.#names.http.has(host);
  }

  /** Endpoints of all accounts that are online now. Walks over all names: for metrics. */
  countOnline(): number {
    let count = 0;
    for (const [accountId, names] of this.#byAccount) {
      if (accountId === serverAccountId) continue;
      for (const name of names) if (name.route) count++;
    }
    return count;
  }

  /** Endpoints of the account that are online now, newest first. */
  list(accountId: Id<'account'>): Endpoint[] {
    const names = [...(this.#byAccount.get(accountId) ?? [])];
    // Ids sort by age.
    return names.flatMap((name) => name.route?.endpoint ?? []).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /**
   * The host that was asked for, or null if the request leaves the choice to the server.
   *
   * @throws {AditError} 326, 319 or 9404; see `parseRequestedName`.
   */
  parseName(requested: string, scheme: EndpointScheme): string | null {
    return parseRequestedName(requested, scheme, this.#rules);
  }

  /** An unguessable host below the domain that nobody has. */
  freeName(): string {
    for (;;) {
      const host = `${randomLabel()}.${this.#options.domain}`;
      if (!this.isKnownHost(host)) return host;
    }
  }

  /**
   * Brings an endpoint online under a name that is free, or held for the same account.
   *
   * @throws {AditError} 320: the host belongs to another account. 334: the name is live. 324: too many names.
   */
  publish(request: EndpointRequest): Publication {
    this.#refuseTaken(request);
    this.#refuseTooMany(request);
    const { endpointId, chain, link, ...facts } = request;
    return this.#put(
      { ...facts, id: endpointId, url: this.#options.publicUrl(request.scheme, request.host) },
      { chain, link, bindId: endpointId },
    );
  }

  /** Brings a console service online. Its name is not subject to the rules for endpoints. */
  publishService({ host, scheme, link, chain, bindId }: ServiceRequest): Route {
    if (this.isKnownHost(host) && this.#ownerOf(host) !== serverAccountId) {
      throw new RangeError(`Cannot publish service "${host}": an endpoint has the name`);
    }
    const endpoint = {
      id: zeroEndpointId,
      accountId: serverAccountId,
      scheme,
      host,
      url: this.#options.publicUrl(scheme, host),
      upstreamProtocol: 'http1' as const,
      forwardsTo: '',
      metadata: '',
      createdAtMs: this.#options.clock.now(),
      credentialId: null,
      agentSessionId: null,
    };
    return this.#put(endpoint, { chain, link, bindId }).route;
  }

  #refuseTaken({ scheme, host, accountId }: EndpointRequest): void {
    const owner = this.#ownerOf(host);
    if (owner === undefined) return;
    const cannot = `Cannot open "${this.#options.publicUrl(scheme, host)}"`;
    if (owner !== accountId) throw new AditError(320, `${cannot}: the name belongs to another account`);
    const occupant = this.find(scheme, host)?.endpoint;
    if (occupant) throw alreadyOnline(occupant);
  }

  #refuseTooMany({ scheme, host, accountId }: EndpointRequest): void {
    const limit = this.#options.maxNamesPerAccount ?? 65_536;
    const alreadyCounted = this.#names[scheme].has(host);
    if (alreadyCounted || (this.#byAccount.get(accountId)?.size ?? 0) < limit) return;
    throw new AditError(324, `Cannot open another endpoint: the account has ${limit} names online or held`);
  }

  #ownerOf(host: string): Id<'account'> | undefined {
    return (this.#names.https.get(host) ?? this.#names.http.get(host))?.accountId;
  }

  #put(facts: Omit<Endpoint, 'generation'>, serving: Omit<Route, 'endpoint'>): Publication {
    const { accountId, scheme, host } = facts;
    const held = this.#names[scheme].get(host);
    if (held) this.#remove(held);
    let route: Route = this.#newRoute(facts, serving);
    const name: Name = { accountId, scheme, host, route, cancelExpiry: () => {} };
    this.#names[scheme].set(host, name);
    const ofAccount = this.#byAccount.get(accountId) ?? new Set();
    this.#byAccount.set(accountId, ofAccount.add(name));
    return {
      get route() {
        return route;
      },
      update: ({ metadata }) => {
        if (name.route === undefined) return;
        route = this.#newRoute({ ...route.endpoint, metadata }, route);
        name.route = route;
      },
      hold: () => this.#hold(name),
      withdraw: () => {
        if (name.route !== undefined) this.#remove(name);
      },
    };
  }

  #newRoute(facts: Omit<Endpoint, 'generation'>, { chain, link, bindId }: Omit<Route, 'endpoint'>): Route {
    this.#generation += 1;
    return { endpoint: { ...facts, generation: this.#generation }, chain, link, bindId };
  }

  #hold(name: Name): void {
    if (name.route === undefined) return;
    name.route = undefined;
    name.cancelExpiry = this.#options.clock.after(this.#options.holdMs ?? 150_000, () => this.#remove(name));
  }

  #remove(name: Name): void {
    name.cancelExpiry();
    name.route = undefined;
    this.#names[name.scheme].delete(name.host);
    const ofAccount = this.#byAccount.get(name.accountId);
    ofAccount?.delete(name);
    if (ofAccount?.size === 0) this.#byAccount.delete(name.accountId);
  }
}

/** The refusal of a name that is live: says who holds it, which only its own account is ever told. */
export function alreadyOnline(occupant: Endpoint): AditError {
  const since = new Date(occupant.createdAtMs).toISOString();
  const message = `Cannot open "${occupant.url}": agent session ${occupant.agentSessionId} has it online since ${since}`;
  return new AditError(334, message, { details: { agentSessionId: occupant.agentSessionId, since } });
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? ({ 'http:': 80, 'https:': 443 }[protocol] ?? 443) : Number(port);
}

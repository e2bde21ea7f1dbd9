import type { Id } from '@adit/contracts';
import { type EndpointAddress, isWildcard, wildcardsAbove, withoutWildcard } from '../domain/address.ts';
import { type EndpointScheme, labelledSchemes } from '../domain/endpoint.ts';
import type { Labels } from '../domain/labels.ts';
import type { Route } from '../domain/route.ts';
import { LabelIndex } from './label-index.ts';
import { Tally } from './tally.ts';

/** One address of one account. Live while it has members; otherwise held for its account. */
export interface Name {
  readonly accountId: Id<'account'>;
  readonly address: EndpointAddress;
  /** Of a labelled tunnel, which has a name for each scheme; null: of any other. */
  readonly labels: Labels | null;
  /** More than one: a pool. */
  members: readonly Route[];
  cancelExpiry: () => void;
}

/** https and tls share the names that a ClientHello can say; http has its own, as has each port. */
type Space = 'http' | 'serverName' | 'port' | 'internal';

const spaces: Readonly<Record<EndpointScheme, Space>> = {
  http: 'http',
  https: 'serverName',
  tls: 'serverName',
  tcp: 'port',
};

/** The register of addresses: who has which, and which wildcard stands for what. Knows no rules. */
export class Names {
  readonly #spaces = {
    http: new Map<string, Name>(),
    serverName: new Map<string, Name>(),
    port: new Map<string, Name>(),
    internal: new Map<string, Name>(),
  };
  readonly #byAccount = new Map<Id<'account'>, Set<Name>>();
  readonly #labelled = new LabelIndex<Name>();
  readonly #counted = new Tally();
  readonly #ports = new Tally();
  /** Public ones. Mostly none, and then nobody looks for them. */
  #wildcards = 0;

  /** Undefined: the account does not have the address; another one may. */
  get(address: EndpointAddress, accountId: Id<'account'>): Name | undefined {
    const name = this.#spaces[spaceOf(address)].get(keyOf(address, accountId));
    return name?.accountId === accountId ? name : undefined;
  }

  /**
   * The name that serves a public host: its own, or the most specific wildcard above it, as long as it has members. What
   * is online under another scheme is in the way of the wildcards above it.
   */
  findOnline(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): Name | undefined {
    const names = this.#spaces[spaces[scheme]];
    const own = names.get(host);
    const name = own !== undefined && own.members.length > 0 ? own : this.#wildcardOnline(names, host);
    return name?.address.scheme === scheme ? name : undefined;
  }

  /** Whether a host without a live name has a held one: its own, or a wildcard above it. */
  isHeld(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): boolean {
    const names = this.#spaces[spaces[scheme]];
    const hosts = this.#wildcards === 0 ? [host] : [host, ...wildcardsAbove(host)];
    return hosts.some((one) => {
      const name = names.get(one);
      return name?.address.scheme === scheme && name.members.length === 0;
    });
  }

  /** The internal name of an account that serves an address: its own, or the most specific wildcard above it. */
  findInternal(accountId: Id<'account'>, address: EndpointAddress): Name | undefined {
    for (const host of [address.host, ...wildcardsAbove(address.host)]) {
      const name = this.get({ ...address, host, binding: 'internal' }, accountId);
      if (name !== undefined && name.members.length > 0) return name;
    }
    return undefined;
  }

  /** Names of labelled tunnels of an account that have all of these labels, and maybe more. */
  findLabelled(accountId: Id<'account'>, scheme: EndpointScheme, labels: Labels): Name[] {
    return this.#labelled.find(labelOwner(accountId, scheme), labels);
  }

  findPort(port: number): Name | undefined {
    return this.#spaces.port.get(String(port));
  }

  /** Whose a public host is: by its own name under any scheme, else by a wildcard above it. */
  ownerOf(host: string): Id<'account'> | undefined {
    const own = this.#ofHost(host);
    if (own !== undefined || this.#wildcards === 0) return own?.accountId;
    for (const wildcard of wildcardsAbove(host)) {
      const name = this.#ofHost(wildcard);
      if (name !== undefined) return name.accountId;
    }
    return undefined;
  }

  /** Public names below a wildcard that are not the account's. Walks over all names: wildcards are opened rarely. */
  hasOthersBelow(wildcard: string, accountId: Id<'account'>): boolean {
    const suffix = wildcard.slice(1);
    for (const names of [this.#spaces.http, this.#spaces.serverName]) {
      for (const [host, name] of names) if (host.endsWith(suffix) && name.accountId !== accountId) return true;
    }
    return false;
  }

  /** Public names at a host or below it, and the wildcards above it. Walks over all names: hosts are reserved rarely. */
  around(host: string): Name[] {
    const bare = withoutWildcard(host);
    const suffix = `.${bare}`;
    const isAround = (one: string): boolean =>
      one === bare || one.endsWith(suffix) || (isWildcard(one) && suffix.endsWith(one.slice(1)));
    return [...this.#spaces.http, ...this.#spaces.serverName].flatMap(([one, name]) => (isAround(one) ? [name] : []));
  }

  /** All that are not internal. */
  public(): Name[] {
    const { http, serverName, port } = this.#spaces;
    return [...http.values(), ...serverName.values(), ...port.values()];
  }

  ofAccount(accountId: Id<'account'>): ReadonlySet<Name> {
    return this.#byAccount.get(accountId) ?? none;
  }

  /** How many names the account has; those of a labelled tunnel are one. */
  countOf(accountId: Id<'account'>): number {
    return this.#counted.of(accountId);
  }

  /** How many public ports the account has. */
  portsOf(accountId: Id<'account'>): number {
    return this.#ports.of(accountId);
  }

  accounts(): Iterable<Id<'account'>> {
    return this.#byAccount.keys();
  }

  /** @throws {RangeError} Somebody has the address. The rules have refused that; whatever they miss ends here. */
  add(name: Name): void {
    const { accountId, address } = name;
    const names = this.#spaces[spaceOf(address)];
    const key = keyOf(address, accountId);
    if (names.has(key)) throw new RangeError(`Cannot add "${key}": the address is taken`);
    names.set(key, name);
    this.#wildcards += countsAsWildcard(address) ? 1 : 0;
    if (name.labels) this.#labelled.add(labelOwner(accountId, address.scheme), name.labels, name);
    if (isCounted(name)) this.#counted.up(accountId);
    if (isPort(address)) this.#ports.up(accountId);
    const ofAccount = this.#byAccount.get(accountId) ?? new Set();
    this.#byAccount.set(accountId, ofAccount.add(name));
  }

  remove(name: Name): void {
    const { accountId, address } = name;
    if (this.get(address, accountId) !== name) return;
    this.#spaces[spaceOf(address)].delete(keyOf(address, accountId));
    this.#wildcards -= countsAsWildcard(address) ? 1 : 0;
    if (name.labels) this.#labelled.remove(labelOwner(accountId, address.scheme), name.labels, name);
    if (isCounted(name)) this.#counted.down(accountId);
    if (isPort(address)) this.#ports.down(accountId);
    const ofAccount = this.#byAccount.get(accountId);
    ofAccount?.delete(name);
    if (ofAccount?.size === 0) this.#byAccount.delete(accountId);
  }

  #wildcardOnline(names: ReadonlyMap<string, Name>, host: string): Name | undefined {
    if (this.#wildcards === 0) return undefined;
    for (const wildcard of wildcardsAbove(host)) {
      const name = names.get(wildcard);
      if (name !== undefined && name.members.length > 0) return name;
    }
    return undefined;
  }

  #ofHost(host: string): Name | undefined {
    return this.#spaces.serverName.get(host) ?? this.#spaces.http.get(host);
  }
}

const none: ReadonlySet<Name> = new Set();

function spaceOf({ binding, scheme }: EndpointAddress): Space {
  return binding === 'internal' ? 'internal' : spaces[scheme];
}

/** A public port of a tcp endpoint. */
export function isPort(address: EndpointAddress): boolean {
  return spaceOf(address) === 'port';
}

/** Whether it is one more name of its account: of those that a labelled tunnel has, the first is. */
export function isCounted({ labels, address }: Pick<Name, 'labels' | 'address'>): boolean {
  return labels === null || address.scheme === labelledSchemes[0];
}

function labelOwner(accountId: Id<'account'>, scheme: EndpointScheme): string {
  return `${accountId} ${scheme}`;
}

/** Internal names are each account's own. */
function keyOf({ binding, scheme, host, port }: EndpointAddress, accountId: Id<'account'>): string {
  if (binding === 'internal') return `${accountId} ${scheme} ${host}:${port}`;
  return scheme === 'tcp' ? String(port) : host;
}

function countsAsWildcard({ binding, host }: EndpointAddress): boolean {
  return binding === 'public' && isWildcard(host);
}

import { isWildcard, wildcardsAbove, withoutWildcard } from '../domain/address.ts';

/** A certificate that there ought to be. */
export interface WantedName {
  /** A host, or a wildcard, which is ordered together with the host that it is below. */
  readonly name: string;
  /** In this order they are served: the server's own, what somebody reserved, what happens to be online. */
  readonly origin: 'console' | 'reserved' | 'live';
  /** The domain for which an authority counts it. */
  readonly countedFor: string;
  readonly keyType: 'ecdsa' | 'rsa';
}

/** A host or wildcard that is reserved and proved. */
export interface ReservedName {
  readonly host: string;
  /** It has a certificate that its owner gave to it. */
  readonly isGiven: boolean;
  readonly keyType?: 'ecdsa' | 'rsa' | undefined;
}

export interface NamesOptions {
  /** The server's own. */
  readonly domain: string;
  /** Whether names can be proved in the DNS, which wildcards need. */
  readonly hasDns: boolean;
}

/** All that is wanted whether it is in use or not, the most important first, each once. */
export function wantedNames(
  { domain, hasDns }: NamesOptions,
  reserved: Iterable<ReservedName>,
): Map<string, WantedName> {
  const wanted = new Map<string, WantedName>();
  const want = (name: string, more: Pick<WantedName, 'origin' | 'countedFor'> & Partial<WantedName>): void => {
    if (!covering(wanted, name)) wanted.set(name, { name, keyType: 'ecdsa', ...more });
  };
  const console = hasDns ? [`*.${domain}`] : [domain, `connect.${domain}`, `api.${domain}`];
  for (const name of console) want(name, { origin: 'console', countedFor: domain });
  // Wildcards first: what they cover needs none of its own.
  const all = [...reserved].sort((a, b) => Number(isWildcard(b.host)) - Number(isWildcard(a.host)));
  for (const { host, isGiven, keyType = 'ecdsa' } of all) {
    if (isGiven || (isWildcard(host) && !hasDns)) continue;
    want(host, { origin: 'reserved', countedFor: countedFor(host, domain), keyType });
  }
  return wanted;
}

/** A host that is online; undefined: what is wanted anyway covers it. */
export function wantedLiveName(
  host: string,
  { domain, wanted }: { domain: string; wanted: ReadonlyMap<string, WantedName> },
): WantedName | undefined {
  if (covering(wanted, host) || !host.includes('.')) return undefined;
  return { name: host, origin: 'live', countedFor: countedFor(host, domain), keyType: 'ecdsa' };
}

/** What is ordered for a name. */
export function namesOf(name: string): readonly string[] {
  return isWildcard(name) ? [withoutWildcard(name), name] : [name];
}

/** The names of which one's certificate is good for a host, the best first. */
export function candidatesFor(host: string): readonly string[] {
  const [above] = wildcardsAbove(host);
  return [host, ...(above === undefined ? [] : [above]), `*.${host}`];
}

function covering(wanted: ReadonlyMap<string, WantedName>, name: string): boolean {
  return isWildcard(name) ? wanted.has(name) : candidatesFor(name).some((candidate) => wanted.has(candidate));
}

/** Authorities count for the domain that was registered; which that is only a list of all would tell, so the parent stands for it. */
function countedFor(host: string, domain: string): string {
  const base = withoutWildcard(host);
  if (base === domain || base.endsWith(`.${domain}`)) return domain;
  return isWildcard(host) ? base : base.slice(base.indexOf('.') + 1);
}

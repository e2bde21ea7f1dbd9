// tls: where certificates come from: a development CA of our own, or files of the operator. Implements
// domain/certificates.ts. Who connects, and by which name, is the business of edge/listener.
import type { SecureContext } from 'node:tls';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import { Allowance } from './allowance.ts';
import { loadAuthority, type StoredAuthority } from './authority.ts';
import { makeLeaf } from './issue.ts';
import { type Leaf, LeafCache } from './leaf-cache.ts';

/** What the development CA keeps in memory and does for strangers. */
export interface DevelopmentCaLimits {
  /** Certificates kept for known names. Default 10,000; each takes some 35 KB of memory. */
  readonly maxLeaves: number;
  /** Certificates kept for names that nobody has, or that only a wildcard stands for. Default 1,000. */
  readonly maxUnknownLeaves: number;
  /** Certificates made in a minute for such names. Default 60. */
  readonly unknownLeavesPerMinute: number;
}

const defaultDevelopmentCaLimits: DevelopmentCaLimits = Object.freeze({
  maxLeaves: 10_000,
  maxUnknownLeaves: 1_000,
  unknownLeavesPerMinute: 60,
});

export interface DevelopmentCaOptions {
  /** A directory of its own; made with mode 0700. */
  readonly dir: string;
  /** The server's domain, lower case. */
  readonly domain: string;
  readonly clock: Clock;
  /** Whether an endpoint or a service has this name, or a wildcard stands for it (`RouteTable.isKnownHost`). */
  isKnownHost(host: string): boolean;
  /** Whether it is online under this very name, so that there are only so many of them. */
  isOnlineHost(host: string): boolean;
  readonly onNotice?: (notice: CertificateNotice) => void;
  readonly limits?: Partial<DevelopmentCaLimits>;
}

/** What clients name that reach a listener on loopback and no endpoint. */
const localName = 'localhost';
/**
 * The default certificate, also for clients that name nobody, as they went by an address. Addresses stand in no other one:
 * BoringSSL (Bun, gRPC) cannot compare them with the CA's name constraints, and refuses whatever has one.
 */
const addressName = '127.0.0.1';
const addressNames = [localName, addressName, '::1'] as const;

/**
 * Certificates for exact names (clients refuse `*.localhost`) from a CA of this server, which clients have to trust once.
 * Who gets one:
 * - `localhost`, the domain itself, and every name within the domain that is online;
 * - a name below a wildcard, or one that is held;
 * - a name directly below the domain that nobody has, so that its visitors see the page that says it is offline and not
 *   a certificate error. Of both there are any number, so they are rate-limited and kept apart: guessing names costs
 *   little and evicts no online one;
 * - anybody else, and strangers over the limit, the default certificate: the client then reports a wrong name.
 *
 * @throws {AditError} 9230: the CA on disk is damaged. 9210: the directory is not writable.
 */
export async function createDevelopmentCa(options: DevelopmentCaOptions): Promise<CertificateSource> {
  const { clock, dir, domain, onNotice = () => undefined } = options;
  const domains = [...new Set([domain, localName])];
  const authority = await loadAuthority({ dir, domains, clock, onNotice });
  const ca = new DevelopmentCa(authority, options);
  // Agents have one of these, all of them at once after a restart; making the first takes long enough for thousands to queue.
  await Promise.all([ca.certificateFor(null), ca.contextFor(localName)]);
  return ca;
}

class DevelopmentCa implements CertificateSource {
  readonly caFile: string;
  readonly caPem: string;
  readonly #domain: string;
  readonly #names: Pick<DevelopmentCaOptions, 'isKnownHost' | 'isOnlineHost'>;
  readonly #known: LeafCache;
  readonly #unknown: LeafCache;
  readonly #allowance: Allowance;

  constructor(authority: StoredAuthority, options: DevelopmentCaOptions) {
    const limits = { ...defaultDevelopmentCaLimits, ...options.limits };
    const { clock } = options;
    const make = (name: string): Promise<CertificatePem> =>
      makeLeaf(authority, { names: name === addressName ? addressNames : [name], nowMs: clock.timeOfDay() });
    this.caFile = authority.caFile;
    this.caPem = authority.cert;
    this.#domain = options.domain;
    this.#names = options;
    this.#known = new LeafCache({ maxLeaves: limits.maxLeaves, clock, make });
    this.#unknown = new LeafCache({ maxLeaves: limits.maxUnknownLeaves, clock, make });
    this.#allowance = new Allowance(limits.unknownLeavesPerMinute, clock);
  }

  async contextFor(serverName: string | null): Promise<SecureContext> {
    return (await this.#leafFor(serverName ?? addressName)).context;
  }

  async certificateFor(serverName: string | null): Promise<CertificatePem> {
    return (await this.#leafFor(serverName ?? addressName)).pem;
  }

  close(): void {
    this.#known.clear();
    this.#unknown.clear();
  }

  #leafFor(name: string): Promise<Leaf> {
    if (name === addressName || name === localName || name === this.#domain) return this.#known.get(name);
    // Outside its domain clients refuse whatever the CA signs.
    const label = name.endsWith(`.${this.#domain}`) ? name.slice(0, -this.#domain.length - 1) : undefined;
    if (label === undefined) return this.#known.get(addressName);
    // Those that were online lately have theirs still.
    if (this.#names.isOnlineHost(name) || this.#known.has(name)) return this.#known.get(name);
    const isServed = !label.includes('.') || this.#names.isKnownHost(name);
    const mayHaveOne = isServed && (this.#unknown.has(name) || this.#allowance.take());
    return mayHaveOne ? this.#unknown.get(name) : this.#known.get(addressName);
  }
}

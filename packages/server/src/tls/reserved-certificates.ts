import type { SecureContext } from 'node:tls';
import type { Id } from '@adit/contracts';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import { RecentMap } from '../domain/recent.ts';
import { makeSecureContext } from './leaf-cache.ts';

/** A certificate of an account. */
export interface GivenCertificate {
  readonly accountId: Id<'account'>;
  readonly certificateId: string;
}

export interface ReservedCertificatesOptions {
  /** For all names that nobody has given a certificate. */
  readonly base: CertificateSource;
  /** Which certificate a host was given; undefined: none. What an id stands for never changes. */
  find(host: string): GivenCertificate | undefined;
  /** Undefined: it is gone. */
  load(given: GivenCertificate): Promise<CertificatePem | undefined>;
  readonly onNotice: (notice: CertificateNotice) => void;
  /** Contexts kept at once; over it the one that was asked for longest ago goes. Default 1,000. */
  readonly maxContexts?: number;
}

interface Loaded {
  readonly pem: CertificatePem;
  readonly context: SecureContext;
}

/**
 * Certificates that accounts gave to names of theirs. Read from the store when first asked for; where that fails the base's
 * is served, and the client says that the name is wrong.
 */
export class ReservedCertificates implements CertificateSource {
  readonly #options: ReservedCertificatesOptions;
  readonly #kept: RecentMap<string, Promise<Loaded | undefined>>;

  constructor(options: ReservedCertificatesOptions) {
    this.#options = options;
    this.#kept = new RecentMap(options.maxContexts ?? 1_000);
  }

  get caFile(): string | null {
    return this.#options.base.caFile;
  }

  get caPem(): string | null {
    return this.#options.base.caPem;
  }

  async contextFor(serverName: string | null): Promise<SecureContext> {
    const own = await this.#find(serverName);
    return own ? own.context : await this.#options.base.contextFor(serverName);
  }

  async certificateFor(serverName: string | null): Promise<CertificatePem> {
    const own = await this.#find(serverName);
    return own ? own.pem : await this.#options.base.certificateFor(serverName);
  }

  close(): void {
    this.#kept.clear();
    this.#options.base.close();
  }

  async #find(serverName: string | null): Promise<Loaded | undefined> {
    const given = serverName === null ? undefined : this.#options.find(serverName);
    return given && (await this.#loadedOf(given));
  }

  #loadedOf(given: GivenCertificate): Promise<Loaded | undefined> {
    const key = keyOf(given);
    const loaded = this.#kept.get(key) ?? this.#load(given);
    this.#kept.set(key, loaded);
    return loaded;
  }

  /** What could not be loaded is tried again by the next who asks. */
  async #load(given: GivenCertificate): Promise<Loaded | undefined> {
    try {
      const pem = await this.#options.load(given);
      if (pem) return { pem, context: makeSecureContext(pem) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'Internal error';
      this.#options.onNotice({
        level: 'warn',
        message: `Cannot use the certificate ${given.certificateId}: ${reason}`,
      });
    }
    this.#kept.delete(keyOf(given));
    return undefined;
  }
}

function keyOf({ accountId, certificateId }: GivenCertificate): string {
  return `${accountId} ${certificateId}`;
}

import type { SecureContext } from 'node:tls';
import type { CertificateNotice, CertificatePem, CertificateSource } from '../domain/certificates.ts';
import { RecentMap } from '../domain/recent.ts';
import { makeSecureContext } from './leaf-cache.ts';

/** A certificate that an authority issued. */
export interface ServedName {
  readonly name: string;
  /** Another one: another certificate of the same name. */
  readonly serialNumber: string;
}

export interface ManagedCertificatesOptions {
  /** For names that have none yet. */
  readonly base: CertificateSource;
  /** The server's own: what clients get who name nobody. */
  readonly domain: string;
  /** Undefined: none has been issued for this host. Asked for each handshake. */
  servedFor(host: string): ServedName | undefined;
  /** Undefined: it is gone. */
  load(name: string): Promise<CertificatePem | undefined>;
  /** A visitor wants a host that has none. */
  onMissing(host: string): void;
  readonly onNotice: (notice: CertificateNotice) => void;
  /** Contexts kept at once; over it the one that was asked for longest ago goes. Default 10,000. */
  readonly maxContexts?: number;
}

interface Loaded {
  readonly pem: CertificatePem;
  readonly context: SecureContext;
}

interface Kept {
  readonly serialNumber: string;
  readonly loaded: Promise<Loaded | undefined>;
}

/**
 * Certificates that authorities issued. Read from the store when first asked for, and again as soon as there is a newer one,
 * whichever server got it. Where there is none, the base's is served.
 */
export class ManagedCertificates implements CertificateSource {
  readonly #options: ManagedCertificatesOptions;
  /** By name. */
  readonly #kept: RecentMap<string, Kept>;

  constructor(options: ManagedCertificatesOptions) {
    this.#options = options;
    this.#kept = new RecentMap(options.maxContexts ?? 10_000);
  }

  /** Of listeners on loopback, whose clients name `localhost`: no authority issues for that. */
  get caFile(): string | null {
    return this.#options.base.caFile;
  }

  get caPem(): string | null {
    return this.#options.base.caPem;
  }

  async contextFor(serverName: string | null): Promise<SecureContext> {
    const own = await this.#findOrAsk(serverName);
    return own ? own.context : await this.#options.base.contextFor(serverName);
  }

  async certificateFor(serverName: string | null): Promise<CertificatePem> {
    const own = await this.#findOrAsk(serverName);
    return own ? own.pem : await this.#options.base.certificateFor(serverName);
  }

  close(): void {
    this.#kept.clear();
    this.#options.base.close();
  }

  async #findOrAsk(serverName: string | null): Promise<Loaded | undefined> {
    const served = this.#options.servedFor(serverName ?? this.#options.domain);
    const own = served && (await this.#loadedOf(served));
    if (!own && serverName !== null) this.#options.onMissing(serverName);
    return own;
  }

  /** The one before is served as long as the new one cannot be read. */
  #loadedOf({ name, serialNumber }: ServedName): Promise<Loaded | undefined> {
    const before = this.#kept.get(name);
    if (before?.serialNumber === serialNumber) return before.loaded;
    const loaded = this.#load(name, before);
    this.#kept.set(name, { serialNumber, loaded });
    return loaded;
  }

  async #load(name: string, before: Kept | undefined): Promise<Loaded | undefined> {
    try {
      const pem = await this.#options.load(name);
      if (pem) return { pem, context: makeSecureContext(pem) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'Internal error';
      const message = `Cannot use the certificate of "${name}": ${reason}`;
      this.#options.onNotice({ level: 'warn', message });
    }
    // Whoever asks next tries again.
    if (before) this.#kept.set(name, before);
    else this.#kept.delete(name);
    return await before?.loaded;
  }
}

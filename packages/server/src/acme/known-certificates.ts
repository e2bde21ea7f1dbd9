import type { ManagedCertificate } from '../domain/managed-certificates.ts';
import { candidatesFor } from './wanted-names.ts';

/** What a host is served with. */
export interface ServedCertificate {
  /** Of the managed certificate. */
  readonly name: string;
  readonly serialNumber: string;
}

/** Managed certificates as far as this server knows, kept up to date by whoever hears the notices. */
export class KnownCertificates {
  readonly #byName = new Map<string, ManagedCertificate>();
  readonly #watchers = new Set<() => void>();

  get(name: string): ManagedCertificate | undefined {
    return this.#byName.get(name);
  }

  /** By name. */
  all(): IterableIterator<ManagedCertificate> {
    return this.#byName.values();
  }

  /** By the host's own name, else by a wildcard; undefined: none has been issued. */
  servedFor(host: string): ServedCertificate | undefined {
    for (const name of candidatesFor(host)) {
      const issued = this.#byName.get(name)?.issued;
      if (issued) return { name, serialNumber: issued.serialNumber };
    }
    return undefined;
  }

  /** What is at the host: the certificate that it is served with, else the one that is to come. */
  bestFor(host: string): ManagedCertificate | undefined {
    const all = candidatesFor(host).map((name) => this.#byName.get(name));
    return all.find((one) => one?.issued) ?? all.find((one) => one !== undefined);
  }

  /** @param certificate Undefined: there is none of that name any more. */
  set(name: string, certificate: ManagedCertificate | undefined): void {
    if (certificate) this.#byName.set(name, certificate);
    else this.#byName.delete(name);
    this.#tell();
  }

  replaceAll(all: readonly ManagedCertificate[]): void {
    this.#byName.clear();
    for (const certificate of all) this.#byName.set(certificate.name, certificate);
    this.#tell();
  }

  /** The answer ends it. */
  watch(tell: () => void): () => void {
    this.#watchers.add(tell);
    return () => void this.#watchers.delete(tell);
  }

  #tell(): void {
    for (const tell of [...this.#watchers]) tell();
  }
}

import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { CertificatePem } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';

/** A certificate ready to be served. */
export interface Leaf {
  readonly pem: CertificatePem;
  readonly context: SecureContext;
  /** Two thirds of its life are over: make a new one. Milliseconds since 1970. */
  readonly renewAtMs: number;
}

/** Makes a context that speaks TLS 1.2 or newer. Throws when certificate and key do not fit each other. */
export function makeSecureContext({ cert, key }: CertificatePem): SecureContext {
  return createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}

function toLeaf(pem: CertificatePem): Leaf {
  const { validFrom, validTo } = new X509Certificate(pem.cert);
  const [startMs, endMs] = [Date.parse(validFrom), Date.parse(validTo)];
  return { pem, context: makeSecureContext(pem), renewAtMs: startMs + ((endMs - startMs) * 2) / 3 };
}

/**
 * Certificates by name: made when first asked for, once however many ask at the same time, renewed at two thirds of
 * their life. Over `maxLeaves` the one that was asked for longest ago is forgotten.
 */
export class LeafCache {
  readonly #maxLeaves: number;
  readonly #clock: Clock;
  readonly #make: (name: string) => Promise<CertificatePem>;
  /** In order of last use. */
  readonly #leaves = new Map<string, Leaf>();
  readonly #inMaking = new Map<string, Promise<Leaf>>();

  constructor(options: { maxLeaves: number; clock: Clock; make: (name: string) => Promise<CertificatePem> }) {
    this.#maxLeaves = options.maxLeaves;
    this.#clock = options.clock;
    this.#make = options.make;
  }

  get size(): number {
    return this.#leaves.size;
  }

  /** Is there a fresh one, or one in the making? Then `get` costs no new one. */
  has(name: string): boolean {
    return this.#fresh(name) !== undefined || this.#inMaking.has(name);
  }

  /** Rejects when it cannot be made; the next call tries again. */
  async get(name: string): Promise<Leaf> {
    const leaf = this.#fresh(name);
    if (leaf === undefined) return this.#inMaking.get(name) ?? this.#start(name);
    this.#keep(name, leaf);
    return leaf;
  }

  clear(): void {
    this.#leaves.clear();
  }

  #fresh(name: string): Leaf | undefined {
    const leaf = this.#leaves.get(name);
    return leaf !== undefined && this.#clock.timeOfDay() < leaf.renewAtMs ? leaf : undefined;
  }

  #start(name: string): Promise<Leaf> {
    const making = this.#makeLeaf(name).finally(() => this.#inMaking.delete(name));
    this.#inMaking.set(name, making);
    return making;
  }

  async #makeLeaf(name: string): Promise<Leaf> {
    const leaf = toLeaf(await this.#make(name));
    this.#keep(name, leaf);
    return leaf;
  }

  #keep(name: string, leaf: Leaf): void {
    this.#leaves.delete(name);
    this.#leaves.set(name, leaf);
    const [oldest] = this.#leaves.keys();
    if (this.#leaves.size > this.#maxLeaves && oldest !== undefined) this.#leaves.delete(oldest);
  }
}

import type { CertificatePem } from '../domain/certificates.ts';
import type { Log } from '../domain/log.ts';
import { AcmeFailure } from './acme-failure.ts';
import type { AcmeLimits } from './acme-limits.ts';
import type { Authority } from './authority.ts';
import { type ChallengeType, Prover, type ProverDeps } from './prover.ts';
import { namesOf, type WantedName } from './wanted-names.ts';

export interface OrderingDeps extends ProverDeps {
  /** In the order in which they are asked. */
  readonly authorities: readonly Pick<Authority, 'directoryUrl' | 'issue'>[];
  readonly limits: AcmeLimits;
  readonly log: Log;
}

export interface Issued {
  readonly directoryUrl: string;
  readonly pem: CertificatePem;
}

/** Gets one certificate, from whichever authority and by whichever proof it can be had. */
export class Ordering {
  readonly #deps: OrderingDeps;
  /** The one that worked last comes first: where a proxy ends TLS, the other would fail with each order. */
  #proofs: readonly ChallengeType[] = ['tls-alpn-01', 'http-01'];

  constructor(deps: OrderingDeps) {
    this.#deps = deps;
  }

  /**
   * @param signal Ends it.
   * @throws {AcmeFailure} The last authority's.
   */
  async get(wanted: WantedName, signal: AbortSignal): Promise<Issued> {
    let failure: unknown;
    for (const authority of this.#deps.authorities) {
      signal.throwIfAborted();
      try {
        return { directoryUrl: authority.directoryUrl, pem: await this.#from(authority, { wanted, signal }) };
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
        if (!(error instanceof AcmeFailure) || !error.mayDifferElsewhere) break;
      }
    }
    throw failure;
  }

  async #from(
    authority: OrderingDeps['authorities'][number],
    { wanted, signal }: { wanted: WantedName; signal: AbortSignal },
  ): Promise<CertificatePem> {
    const names = namesOf(wanted.name);
    const proofs: readonly ChallengeType[] = names.length > 1 ? ['dns-01'] : this.#proofs;
    let failure: unknown;
    for (const proof of proofs) {
      try {
        const pem = await this.#prove(authority, { request: { names, keyType: wanted.keyType, proof }, signal });
        if (proof !== 'dns-01') this.#proofs = [proof, ...this.#proofs.filter((other) => other !== proof)];
        return pem;
      } catch (error) {
        // A proof by another way is another order; whatever else went wrong would go wrong there, too.
        failure ??= error;
        if (!(error instanceof AcmeFailure) || error.kind !== 'dns') throw error;
      }
    }
    throw failure;
  }

  async #prove(
    authority: OrderingDeps['authorities'][number],
    { request, signal }: { request: Parameters<Authority['issue']>[0]; signal: AbortSignal },
  ): Promise<CertificatePem> {
    const { clock, limits, log } = this.#deps;
    const prover = new Prover(this.#deps, clock.timeOfDay() + limits.leaseMs);
    try {
      return await authority.issue(request, { prover, signal });
    } finally {
      // What is left of it expires, and harms nobody.
      const { names } = request;
      await prover.cleanUp().catch((error: unknown) => log.warn({ err: error, names }, 'Cannot take an answer away'));
    }
  }
}

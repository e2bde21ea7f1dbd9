import { createHash } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { Store } from '../domain/store.ts';
import { AcmeFailure } from './acme-failure.ts';
import type { DnsRecord, DnsSolver } from './dns/dns-solver.ts';

export type ChallengeType = 'tls-alpn-01' | 'http-01' | 'dns-01';

/** A challenge that an authority offered, and how it is answered. */
export interface OfferedChallenge {
  readonly type: ChallengeType;
  /** Without the `*.` of a wildcard. */
  readonly host: string;
  readonly token: string;
  /** RFC 8555 §8.1. */
  readonly keyAuthorization: string;
}

export interface ProverDeps {
  readonly store: Pick<Store, 'write'>;
  readonly clock: Clock;
  /** Undefined: there is no proof by DNS. */
  readonly dns: DnsSolver | undefined;
}

/**
 * Puts the answers of one order where the authority finds them: into the store, from which every server answers, or into the
 * DNS.
 */
export class Prover {
  readonly #deps: ProverDeps;
  readonly #expiresAtMs: number;
  readonly #hosts = new Set<string>();
  readonly #records: DnsRecord[] = [];

  /** @param expiresAtMs What nobody took away by then answers no more. */
  constructor(deps: ProverDeps, expiresAtMs: number) {
    this.#deps = deps;
    this.#expiresAtMs = expiresAtMs;
  }

  /** Resolves when the authority may look. */
  async answer({ type, host, token, keyAuthorization }: OfferedChallenge): Promise<void> {
    if (type === 'dns-01') {
      const value = createHash('sha256').update(keyAuthorization).digest('base64url');
      const record = { name: `_acme-challenge.${host}`, value };
      // Also if it fails half way.
      this.#records.push(record);
      await this.#deps.dns?.present(record).catch((cause: unknown) => {
        throw new AcmeFailure('dns', cause instanceof Error ? cause.message : 'Unknown error', { cause });
      });
      return;
    }
    this.#hosts.add(host);
    const answer = { name: host, type, token, keyAuthorization, expiresAtMs: this.#expiresAtMs };
    await this.#deps.store.write((tx) => tx.putChallengeAnswer(answer));
  }

  /** Takes all of it away again; every record is tried. */
  async cleanUp(): Promise<void> {
    const removed = this.#records.splice(0).map((record) => this.#deps.dns?.remove(record));
    const hosts = [...this.#hosts];
    this.#hosts.clear();
    const forget = async (): Promise<void> => {
      if (hosts.length === 0) return;
      await this.#deps.store.write(async (tx) => {
        for (const host of hosts) await tx.deleteChallengeAnswers(host);
      });
    };
    const failed = (await Promise.allSettled([...removed, forget()])).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }
}

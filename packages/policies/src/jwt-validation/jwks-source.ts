import { fetchBriefly, type PolicyHost } from '@adit/policy-kit';
import { parseKeySet, type VerificationKey } from './verification-key.ts';

/** Older ones are asked for again. */
const freshMs = 15 * 60_000;
/** The issuer does not answer: so long those that are known are still good. */
const maxStaleMs = 60 * 60_000;
/** A token with a key that is not known makes us ask, at most so often: anybody can write one. */
const lookAgainMs = 30_000;
/** It did not answer. */
const retryMs = 5_000;
const maxBytes = 262_144;

/** The keys at one address. */
export class JwksSource {
  readonly #url: URL;
  readonly #host: PolicyHost;
  #keys: readonly VerificationKey[] | null = null;
  #fetchedAtMs = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;
  /** The last time. */
  #hasFailed = false;

  /** @throws {TypeError} It is not an address of https, or has a user name in it. */
  constructor(text: string, host: PolicyHost) {
    const url = new URL(text);
    if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
      throw new TypeError('Keys come by https only, and without a user name');
    }
    this.#url = url;
    this.#host = host;
  }

  /** Those that are known and new enough; null: there are none. */
  get known(): readonly VerificationKey[] | null {
    return this.#age <= maxStaleMs ? this.#keys : null;
  }

  /**
   * Afterwards they are new, if that can be; an address that did not answer the last time is not waited for: others may have the
   * key, and `lookAgain` waits. Never rejects.
   */
  async refresh(): Promise<void> {
    if (this.#keys !== null && this.#age <= freshMs) return;
    const asking = this.#ask(retryMs);
    if (!this.#hasFailed) await asking;
  }

  /** Somebody has a key that is not among them: perhaps there are others now. Never rejects. */
  async lookAgain(): Promise<void> {
    await this.#ask(lookAgainMs);
  }

  get #age(): number {
    return this.#host.now() - this.#fetchedAtMs;
  }

  /** All who ask meanwhile wait for the same answer. */
  async #ask(pauseMs: number): Promise<void> {
    if (this.#asking === null && this.#host.now() - this.#askedAtMs < pauseMs) return;
    this.#asking ??= this.#fetch();
    await this.#asking;
  }

  async #fetch(): Promise<void> {
    this.#askedAtMs = this.#host.now();
    try {
      const text = await fetchBriefly(this.#host, this.#url, { maxBytes });
      this.#keys = parseKeySet(text.toString());
      this.#fetchedAtMs = this.#host.now();
      this.#hasFailed = false;
    } catch {
      this.#hasFailed = true;
      // What is known stays, for a while; whoever needs more is refused.
    } finally {
      this.#asking = null;
    }
  }
}

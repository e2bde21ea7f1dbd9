import type { PolicyHost } from '@adit/policy-kit';
import type { Algorithm } from './algorithms.ts';
import { JwksSource } from './jwks-source.ts';
import { TokenRefused } from './refusal.ts';
import type { VerificationKey } from './verification-key.ts';

export interface KeyQuery {
  /** Addresses of key sets, the one that counts first in front. */
  readonly urls: readonly string[];
  /** Undefined: the token does not say. */
  readonly kid: string | undefined;
  readonly algorithm: Algorithm;
  /** True: nobody is asked, what is known has to do. */
  readonly isDry: boolean;
}

export interface FoundKey extends VerificationKey {
  /** Where it is from. */
  readonly url: string;
}

/** Addresses may have expressions in them. */
const maxSources = 32;
/** A token that does not name its key is tried with so many. */
const maxTried = 8;

/** The keys of issuers, fetched when they are needed and kept for a while. */
export class Keyring {
  readonly #host: PolicyHost;
  readonly #sources = new Map<string, JwksSource>();

  constructor(host: PolicyHost) {
    this.#host = host;
  }

  /**
   * Keys that may have signed it; never none.
   *
   * @throws {TokenRefused} `unknown-key`, or `keys-unavailable`: it may be among those that could not be fetched.
   * @throws {TypeError} An address cannot be one.
   */
  async find(query: KeyQuery): Promise<FoundKey[]> {
    const sources = query.urls.map((url) => ({ url, source: this.#sourceOf(url, query.isDry) }));
    const fitting = () => sources.flatMap(({ url, source }) => fittingKeys(source.known ?? [], query, url));
    if (!query.isDry) await Promise.all(sources.map(({ source }) => source.refresh()));
    let found = fitting();
    if (found.length === 0 && !query.isDry) {
      await Promise.all(sources.map(({ source }) => source.lookAgain()));
      found = fitting();
    }
    if (found.length > 0) return found.slice(0, maxTried);
    throw new TokenRefused(sources.some(({ source }) => source.known === null) ? 'keys-unavailable' : 'unknown-key');
  }

  #sourceOf(url: string, isDry: boolean): JwksSource {
    const source = this.#sources.get(url) ?? new JwksSource(url, this.#host);
    if (isDry) return source;
    this.#sources.delete(url);
    this.#sources.set(url, source);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > maxSources && oldest !== undefined) this.#sources.delete(oldest);
    return source;
  }
}

function fittingKeys(keys: readonly VerificationKey[], { kid, algorithm }: KeyQuery, url: string): FoundKey[] {
  return keys
    .filter((key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid))
    .map((key) => ({ ...key, url }));
}

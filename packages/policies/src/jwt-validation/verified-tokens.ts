import { createHash } from 'node:crypto';

/** Those that were verified longest ago are forgotten first. */
const maxTokens = 10_000;

/** Which tokens were proved to be genuine, and by whose keys; not the tokens themselves. */
export class VerifiedTokens {
  readonly #urls = new Map<string, string>();

  /** @param url Of the key set that its key is from. */
  add(token: string, url: string): void {
    const digest = digestOf(token);
    this.#urls.delete(digest);
    this.#urls.set(digest, url);
    const [oldest] = this.#urls.keys();
    if (this.#urls.size > maxTokens && oldest !== undefined) this.#urls.delete(oldest);
  }

  /** True: a key of one of these sets had signed it. False: none had, or nobody knows any more. */
  has(token: string, urls: readonly string[]): boolean {
    const url = this.#urls.get(digestOf(token));
    return url !== undefined && urls.includes(url);
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

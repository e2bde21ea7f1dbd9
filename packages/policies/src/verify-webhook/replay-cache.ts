import type { ReplayKey } from './verify-delivery.ts';

/** Enough for 60 deliveries a second within five minutes; about 4 MB. */
const maxKept = 20_000;

/** The deliveries of one endpoint that are still young enough to be sent again by somebody else. */
export class ReplayCache {
  readonly #expiry = new Map<string, number>();
  /** What each request brought: two policies of one chain may look at the same request. */
  readonly #seenIn = new WeakMap<object, Set<string>>();

  /** Whether this delivery came in another request before. */
  has({ key }: ReplayKey, { request, nowMs }: { request: object; nowMs: number }): boolean {
    const isKnown = (this.#expiry.get(key) ?? -1) >= nowMs;
    return isKnown && !this.#seenIn.get(request)?.has(key);
  }

  /** Keeps it until it expires, or until too many came after it. Only genuine deliveries: a stranger fills nothing. */
  add({ key, expiresAtMs }: ReplayKey, { request, nowMs }: { request: object; nowMs: number }): void {
    this.#expiry.delete(key);
    this.#expiry.set(key, expiresAtMs);
    this.#seenIn.set(request, (this.#seenIn.get(request) ?? new Set()).add(key));
    for (const [oldest, expiryMs] of this.#expiry) {
      if (expiryMs >= nowMs && this.#expiry.size <= maxKept) break;
      this.#expiry.delete(oldest);
    }
  }
}

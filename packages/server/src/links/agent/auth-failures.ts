import { clientNetwork } from '../../domain/client-network.ts';
import type { Clock } from '../../domain/clock.ts';
import { plainAddress } from '../../domain/plain-address.ts';
import type { AgentLimits } from './agent-limits.ts';

/**
 * Counts refused Auths per client address and per token in fixed windows. Bounded: the oldest keys are forgotten, so an
 * attacker with many addresses gains attempts, never our memory.
 */
export class AuthFailures {
  readonly #windows = new Map<string, { count: number; readonly endsAtMs: number }>();
  readonly #clock: Clock;
  readonly #limits: AgentLimits;

  constructor(clock: Clock, limits: AgentLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Never for loopback: whoever fails there must not lock out every other program of the machine. */
  isAddressBlocked(address: string): boolean {
    if (isLoopback(plainAddress(address))) return false;
    return this.#count(addressKey(address)) >= this.#limits.authFailuresPerAddress;
  }

  isTokenBlocked(tokenHash: string): boolean {
    return this.#count(tokenHash) >= this.#limits.authFailuresPerToken;
  }

  noteAddress(address: string): void {
    this.#note(addressKey(address));
  }

  noteToken(tokenHash: string): void {
    this.#note(tokenHash);
  }

  #count(key: string): number {
    const window = this.#windows.get(key);
    return window && window.endsAtMs > this.#clock.now() ? window.count : 0;
  }

  #note(key: string): void {
    const count = this.#count(key) + 1;
    const endsAtMs = count > 1 ? this.#windows.get(key)?.endsAtMs : undefined;
    // Deleted first, so that the Map's order is the order of the last failure.
    this.#windows.delete(key);
    this.#windows.set(key, { count, endsAtMs: endsAtMs ?? this.#clock.now() + this.#limits.authFailureWindowMs });
    if (this.#windows.size <= this.#limits.maxAuthFailureKeys) return;
    for (const oldest of this.#windows.keys()) {
      this.#windows.delete(oldest);
      return;
    }
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.[0-9.]+$/.test(address);
}

function addressKey(address: string): string {
  return `address ${clientNetwork(plainAddress(address))}`;
}

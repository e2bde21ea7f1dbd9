import { BlockList, isIPv6 } from 'node:net';
import { clientNetwork } from '../../domain/client-network.ts';

export interface QuotaLimits {
  /** All clients together. */
  readonly max: number;
  /** One IPv4 address, or one IPv6 /64 network. */
  readonly maxPerClient: number;
  /** Whose share has no bound, besides loopback's. Default: nobody's. */
  isExempt?(clientIp: string): boolean;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Counts connections, in total and for each client, so that one client cannot use up the server. */
export class ConnectionQuota {
  readonly #limits: QuotaLimits;
  readonly #perClient = new Map<string, number>();
  #total = 0;

  constructor(limits: QuotaLimits) {
    this.#limits = limits;
  }

  /** How many are counted now. */
  get size(): number {
    return this.#total;
  }

  /**
   * Takes a place for a connection; the answer gives it back and may be called twice. Undefined: no place is left.
   *
   * @param clientIp Without zone, IPv4-mapped addresses as IPv4.
   */
  enter(clientIp: string): (() => void) | undefined {
    const client = clientNetwork(clientIp);
    const ofClient = this.#perClient.get(client) ?? 0;
    if (this.#total >= this.#limits.max) return undefined;
    if (ofClient >= this.#limits.maxPerClient && !this.#isExempt(clientIp)) return undefined;
    this.#total += 1;
    this.#perClient.set(client, ofClient + 1);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#leave(client);
    };
  }

  #isExempt(clientIp: string): boolean {
    return isLoopback(clientIp) || (this.#limits.isExempt?.(clientIp) ?? false);
  }

  #leave(client: string): void {
    this.#total -= 1;
    const left = (this.#perClient.get(client) ?? 1) - 1;
    if (left === 0) this.#perClient.delete(client);
    else this.#perClient.set(client, left);
  }
}

function isLoopback(clientIp: string): boolean {
  return loopback.check(clientIp, isIPv6(clientIp) ? 'ipv6' : 'ipv4');
}

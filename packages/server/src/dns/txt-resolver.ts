// Questions to the DNS whose answers somebody else controls: whatever comes back is a text to compare, nothing more.
import { Resolver } from 'node:dns/promises';
import { AditError } from '@adit/contracts';
import type { TxtResolver } from '../domain/txt-resolver.ts';

/** Limits of questions to the DNS. */
export interface DnsLimits {
  /** How long one try waits. Default: 2,000 ms. */
  readonly timeoutMs: number;
  /** Default: 2. */
  readonly tries: number;
}

export const defaultDnsLimits: DnsLimits = { timeoutMs: 2_000, tries: 2 };

/** There is no such name, or it has no such records. */
const noSuchRecord: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);

/** @param server `ip:port` of the name server that is asked. Default: those of the machine. */
export function createTxtResolver(server: string | undefined, limits: Partial<DnsLimits> = {}): TxtResolver {
  const { timeoutMs, tries } = { ...defaultDnsLimits, ...limits };
  return async (name) => {
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (server !== undefined) resolver.setServers([server]);
    try {
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (noSuchRecord.has(code)) return [];
      throw new AditError(9113, `Cannot look up "${name}": the DNS did not answer (${String(code)})`, { cause: error });
    }
  };
}

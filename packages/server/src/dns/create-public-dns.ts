import { Resolver } from 'node:dns/promises';
import type { PublicDns } from '../domain/public-dns.ts';
import { createTxtResolver, type DnsLimits, defaultDnsLimits } from './txt-resolver.ts';

/** @param server `ip` or `ip:port` of the resolver that is asked. Default: those of the machine. */
export function createPublicDns(server: string | undefined, limits: Partial<DnsLimits> = {}): PublicDns {
  const { timeoutMs, tries } = { ...defaultDnsLimits, ...limits };
  const ask = <T>(question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> => {
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (server !== undefined) resolver.setServers([server]);
    return question(resolver).catch(() => []);
  };
  return {
    textsAt: (one) => createTxtResolver(one, limits),
    addressesOf: async (host) => {
      const families = [ask((dns) => dns.resolve4(host)), ask((dns) => dns.resolve6(host))];
      return (await Promise.all(families)).flat();
    },
    aliasOf: async (name) => (await ask((dns) => dns.resolveCname(name)))[0]?.toLowerCase().replace(/\.$/, ''),
  };
}

import type { TxtResolver } from './txt-resolver.ts';

/** The DNS as everybody sees it. What it answers others control. */
export interface PublicDns {
  /** @param server `ip` or `ip:port` of one name server, which is asked itself. */
  textsAt(server: string): TxtResolver;
  /** None: there is no such name, or nobody answers. */
  addressesOf(host: string): Promise<readonly string[]>;
  /** What the name is an alias (CNAME) of. Undefined: it is none, or nobody answers. */
  aliasOf(name: string): Promise<string | undefined>;
}

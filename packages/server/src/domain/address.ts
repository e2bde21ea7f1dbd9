import type { Binding, EndpointScheme } from './endpoint.ts';

/** What an endpoint is reached under: two endpoints collide when these say the same. */
export interface EndpointAddress {
  readonly scheme: EndpointScheme;
  /** Lower case, without trailing dot; `*.` in front stands for every name below. Of public tcp: the server's domain. */
  readonly host: string;
  /** Of public tcp its port, of internal endpoints the port asked for or the scheme's usual one; else null. */
  readonly port: number | null;
  readonly binding: Binding;
}

/** The suffix that makes a name an internal one. */
export const internalSuffix = '.internal';

/** The ports that URLs leave out. tcp has none. */
export const usualPorts: Readonly<Record<EndpointScheme, number | null>> = {
  http: 80,
  https: 443,
  tls: 443,
  tcp: null,
};

export function isWildcard(host: string): boolean {
  return host.startsWith('*.');
}

/** The name that a wildcard is directly below; any other as it is. */
export function withoutWildcard(host: string): string {
  return isWildcard(host) ? host.slice(2) : host;
}

/** The wildcards that stand for a name, the most specific one first. */
export function* wildcardsAbove(host: string): Generator<string> {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) yield `*${host.slice(dot)}`;
}

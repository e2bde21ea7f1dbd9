import type { EndpointScheme } from '../../domain/endpoint.ts';

const everywhere = ['url', 'proxyproto', 'iprestriction', 'trafficpolicy'];
const names = ['domain', 'hostname', 'subdomain'];
const http = [...everywhere, ...names, 'hostheaderrewrite', 'localurlscheme', 'hostheader'];

/** Options that name the endpoint, are for display, or are enforced. Everything else that is set is refused. */
export const acceptedOptions: Readonly<Record<EndpointScheme, ReadonlySet<string>>> = {
  http: new Set(http),
  https: new Set(http),
  tcp: new Set([...everywhere, 'addr']),
  tls: new Set([...everywhere, ...names, 'tlstermination']),
};

/** The same for what is inside them. */
export const acceptedParts: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['iprestriction', new Set(['allow_cidrs', 'deny_cidrs'])],
  ['tlstermination', new Set(['cert', 'key', 'sealed_key'])],
]);

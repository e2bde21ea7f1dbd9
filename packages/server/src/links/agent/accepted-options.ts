import type { EndpointScheme } from '../../domain/endpoint.ts';

const everywhere = ['url', 'proxyproto', 'iprestriction', 'trafficpolicy', 'policy'];
const names = ['domain', 'hostname', 'subdomain'];
const modules = [
  'auth',
  'basicauth',
  'circuitbreaker',
  'compression',
  'mutualtlsca',
  'requestheaders',
  'responseheaders',
  'useragentfilter',
  'webhookverification',
  'websockettcpconverter',
];
const http = [...everywhere, ...names, ...modules, 'hostheaderrewrite', 'localurlscheme', 'hostheader'];

/** Options that name the endpoint, are for display, or are enforced. Everything else that is set is refused. */
export const acceptedOptions: Readonly<Record<EndpointScheme, ReadonlySet<string>>> = {
  http: new Set(http),
  https: new Set(http),
  tcp: new Set([...everywhere, 'addr']),
  tls: new Set([...everywhere, ...names, 'tlstermination', 'mutualtlsatedge']),
};

/** The same for what is inside them. */
export const acceptedParts: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['basicauth', new Set(['credentials'])],
  ['circuitbreaker', new Set(['error_threshold'])],
  ['compression', new Set()],
  ['mutualtlsca', new Set(['mutual_tls_ca'])],
  ['mutualtlsatedge', new Set(['mutual_tls_ca'])],
  ['iprestriction', new Set(['allow_cidrs', 'deny_cidrs'])],
  ['requestheaders', new Set(['add', 'remove'])],
  ['responseheaders', new Set(['add', 'remove'])],
  ['useragentfilter', new Set(['allow', 'deny'])],
  ['websockettcpconverter', new Set()],
  ['webhookverification', new Set(['provider', 'secret', 'sealed_secret'])],
  ['tlstermination', new Set(['cert', 'key', 'sealed_key'])],
]);

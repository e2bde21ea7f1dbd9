import { createHash } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { type BindRequest, type EndpointOptions, parseEndpointOptions } from '@adit/wire';
import type { PolicySpec } from '../../domain/chain.ts';
import type { Endpoint, EndpointScheme } from '../../domain/endpoint.ts';

type Opts = Readonly<Record<string, unknown>>;

/** What a bind asks for, as far as the server acts on it. */
export interface BindOptions {
  readonly scheme: EndpointScheme;
  /** The ways in which a name was asked for; empty texts are left out. */
  readonly requestedNames: readonly string[];
  readonly policies: readonly PolicySpec[];
  readonly upstreamProtocol: Endpoint['upstreamProtocol'];
}

/** Options that name the endpoint, are for display, or are enforced below. Everything else that is set is refused. */
const acceptedOptions: ReadonlySet<string> = new Set([
  'domain',
  'hostname',
  'subdomain',
  'url',
  'hostheaderrewrite',
  'localurlscheme',
  'iprestriction',
]);
const acceptedIpRestriction: ReadonlySet<string> = new Set(['allow_cidrs', 'deny_cidrs']);

/**
 * Reads a bind request. Strict: an option that is set and not enforced is refused, known or not, as the endpoint would be
 * open without it (agent protocol, §16.10).
 *
 * @throws {AditError} 332: neither http nor https. 9403: an option this server does not enforce. 301: malformed.
 */
export function readBindOptions(request: BindRequest): BindOptions {
  const scheme = request.Proto;
  if (scheme !== 'http' && scheme !== 'https') {
    throw new AditError(332, `Cannot open an endpoint with protocol ${quoted(scheme)}: use http or https`);
  }
  refuseUnsupported(request);
  const options = parseEndpointOptions(request.Opts);
  const requestedNames = [options.URL, options.Domain, options.Hostname, options.Subdomain].filter(
    (name) => name !== '',
  );
  return { scheme, requestedNames, policies: policiesOf(options), upstreamProtocol: upstreamProtocolOf(request) };
}

/** Stands for everything that protects the endpoint: two binds with the same digest let the same visitors in. */
export function optionsDigest(policies: readonly PolicySpec[]): string {
  return createHash('sha256').update(JSON.stringify(policies)).digest('base64url');
}

/**
 * The options of the reply: all of the request's, since an SDK binds again with these and no others (§14.2.1), the name
 * chosen, and the keys without which the Rust client fails, in its spelling and with its types.
 */
export function repliedOptions(requested: Opts, host: string): Record<string, unknown> {
  const fixed = {
    Domain: host,
    Hostname: host,
    Subdomain: stringOf(requested, 'subdomain'),
    Auth: '',
    HostHeaderRewrite: valueOf(requested, 'hostheaderrewrite') === true,
    ProxyProto: 0,
  };
  const fixedNames = new Set(Object.keys(fixed).map((name) => name.toLowerCase()));
  const others = Object.entries(requested).filter(([name]) => !fixedNames.has(name.toLowerCase()));
  return { ...Object.fromEntries(others), ...fixed };
}

function refuseUnsupported({ Opts: opts, Extra: extra }: BindRequest): void {
  refuseAmbiguous(opts);
  for (const [name, value] of Object.entries(opts)) {
    if (isSet(value) && !acceptedOptions.has(name.toLowerCase())) throw unsupported(name);
  }
  const restriction = valueOf(opts, 'iprestriction');
  if (isObject(restriction)) {
    refuseAmbiguous(restriction);
    for (const [name, value] of Object.entries(restriction)) {
      if (isSet(value) && !acceptedIpRestriction.has(name.toLowerCase())) throw unsupported(`IPRestriction.${name}`);
    }
  }
  if (extra.IPPolicyRef !== '') throw unsupported('IPPolicyRef');
  if (extra.PoolingEnabled) throw unsupported('PoolingEnabled');
  if (extra.Bindings.some((binding) => binding !== 'public')) throw unsupported('Bindings');
}

function upstreamProtocolOf({ ForwardsProto: speaks }: BindRequest): Endpoint['upstreamProtocol'] {
  if (speaks === 'http2') return 'http2';
  if (speaks === '' || speaks === 'http1') return 'http1';
  throw unsupported('ForwardsProto');
}

/** Keys are matched in any letter case, so a second spelling could hide what the first one asks for. */
function refuseAmbiguous(object: Opts): void {
  const seen = new Set<string>();
  for (const name of Object.keys(object)) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw new AditError(301, `Cannot read the endpoint options: ${quoted(name)} is there twice`);
    seen.add(lower);
  }
}

function policiesOf({ IPRestriction: restriction }: EndpointOptions): PolicySpec[] {
  // Sorted: the order means nothing, and the digest must not depend on it.
  const allow = [...(restriction?.allow_cidrs ?? [])].sort();
  const deny = [...(restriction?.deny_cidrs ?? [])].sort();
  return allow.length + deny.length === 0 ? [] : [{ name: 'restrict-ips', config: { allow, deny } }];
}

/** Clients leave options out, or send `null` or the zero of the type. `{}` is set: it switches a module on. */
function isSet(value: unknown): boolean {
  const isEmptyList = Array.isArray(value) && value.length === 0;
  return value !== null && value !== '' && value !== 0 && value !== false && !isEmptyList;
}

function isObject(value: unknown): value is Opts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueOf(object: Opts, lowerCaseName: string): unknown {
  return Object.entries(object).find(([name]) => name.toLowerCase() === lowerCaseName)?.[1];
}

function stringOf(object: Opts, lowerCaseName: string): string {
  const value = valueOf(object, lowerCaseName);
  return typeof value === 'string' ? value : '';
}

function unsupported(option: string): AditError {
  return new AditError(9403, `Cannot open the endpoint: this server does not support the option ${quoted(option)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

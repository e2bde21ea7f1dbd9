import { createHash } from 'node:crypto';
import { AditError } from '@adit/contracts';
import { type BindRequest, type EndpointOptions, parseEndpointOptions } from '@adit/wire';
import type { Binding, Endpoint, EndpointScheme, ProxyProtocol } from '../../domain/endpoint.ts';
import type { TlsEnding } from '../../domain/route.ts';
import { acceptedOptions } from './accepted-options.ts';
import { type BindPolicy, policyFromOptions } from './policy-from-options.ts';
import { refuseUnsupported, unsupported } from './refuse-unsupported.ts';
import { readTlsEnding } from './tls-ending.ts';

/** What a bind asks for, as far as the server acts on it. */
export interface BindOptions {
  readonly scheme: EndpointScheme;
  /** The ways in which a name was asked for; empty texts are left out. */
  readonly requestedNames: readonly string[];
  /** Null: what the name says. */
  readonly binding: Binding | null;
  readonly isPooled: boolean;
  readonly policy: BindPolicy;
  readonly upstreamProtocol: Endpoint['upstreamProtocol'];
  readonly proxyProtocol: ProxyProtocol;
  readonly hostHeader: string | null;
  /** Set for tls only. */
  readonly tls: TlsEnding | null;
}

const schemes: ReadonlySet<string> = new Set<EndpointScheme>(['http', 'https', 'tcp', 'tls']);

/**
 * Reads a bind request. Strict: an option that is set and not enforced is refused, known or not, as the endpoint would be
 * open without it (agent protocol, §16.10).
 *
 * @throws {AditError} 332: a protocol that no visitor speaks here. 9403: an option this server does not enforce. 301:
 *   malformed. 2264, 2265, 9600: a traffic policy that is none.
 */
export function readBindOptions(request: BindRequest): BindOptions {
  const scheme = request.Proto;
  if (!isScheme(scheme)) {
    throw new AditError(332, `Cannot open an endpoint with protocol ${JSON.stringify(scheme.slice(0, 100))}`);
  }
  refuseUnsupported(request, acceptedOptions[scheme]);
  const options = parseEndpointOptions(request.Opts);
  const names = [options.URL, options.Domain, options.Hostname, options.Subdomain, options.Addr];
  return {
    scheme,
    requestedNames: names.filter((name) => name !== ''),
    binding: bindingOf(request),
    isPooled: request.Extra.PoolingEnabled,
    policy: policyFromOptions(options, scheme),
    upstreamProtocol: upstreamProtocolOf(request),
    proxyProtocol: proxyProtocolOf(options),
    hostHeader: hostHeaderOf(options),
    tls: scheme === 'tls' ? readTlsEnding(options) : null,
  };
}

/** Stands for everything that protects the endpoint: two binds with the same digest let the same visitors in. */
export function optionsDigest({ policy, tls }: Pick<BindOptions, 'policy' | 'tls'>): string {
  return createHash('sha256')
    .update(JSON.stringify([policy.document, tls]))
    .digest('base64url');
}

function isScheme(text: string): text is EndpointScheme {
  return schemes.has(text);
}

function bindingOf({ Extra: { Bindings } }: BindRequest): Binding | null {
  const [binding, ...others] = Bindings;
  if (binding === undefined) return null;
  if ((binding === 'public' || binding === 'internal') && others.length === 0) return binding;
  throw unsupported('Bindings');
}

/** @throws {AditError} 9403: it is none that this server speaks for that protocol. */
export function upstreamProtocolOf({
  ForwardsProto: speaks,
  Proto,
}: Pick<BindRequest, 'ForwardsProto' | 'Proto'>): Endpoint['upstreamProtocol'] {
  if (speaks === 'http2' && (Proto === 'http' || Proto === 'https')) return 'http2';
  if (speaks === '' || speaks === 'http1') return 'http1';
  throw unsupported('ForwardsProto');
}

function proxyProtocolOf({ ProxyProto: version }: EndpointOptions): ProxyProtocol {
  if (version === 0 || version === 1 || version === 2) return version;
  throw new AditError(301, `Cannot open the endpoint: there is no version ${version} of the PROXY protocol`);
}

/** RFC 9110 §7.2: a host and perhaps a port. Whatever else it held would be read by the service as its own. */
function hostHeaderOf({ HostHeader: text }: EndpointOptions): string | null {
  if (text === '') return null;
  if (/^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i.test(text)) return text;
  throw new AditError(301, 'Cannot open the endpoint: its Host header is not host or host:port');
}

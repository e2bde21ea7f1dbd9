import { AditError } from '@adit/contracts';
import type { EndpointKeys } from './agent-config.ts';
import { httpPolicyKeys, type PolicyKeys, pickPolicies } from './policy-keys.ts';
import { onlyOnEdges } from './refused-keys.ts';
import type { TunnelKeys } from './tunnel-config.ts';

type Protocol = NonNullable<TunnelKeys['proto']>;

const ownKeys: Readonly<Record<Protocol, readonly string[]>> = {
  http: ['domain', 'hostname', 'subdomain', 'schemes', 'host_header', 'auth', 'mutual_tls_cas', ...httpPolicyKeys],
  tcp: ['remote_addr'],
  tls: ['domain', 'hostname', 'subdomain', 'crt', 'key', 'mutual_tls_cas', 'terminate_at'],
};
const keysOfKind: ReadonlySet<string> = new Set(Object.values(ownKeys).flat());

const labelledKeys: ReadonlySet<string> = new Set(['labels', 'addr', 'inspect', 'metadata', 'crt', 'key']);

/**
 * The endpoints that a tunnel of version 2 stands for: two for `schemes: [http, https]`, whose second is called
 * `<name>-http`, else one.
 *
 * @throws {AditError} 9201: a key that is missing, or belongs to another `proto` or not to `labels`.
 */
export function endpointsOfTunnel(name: string, tunnel: TunnelKeys): readonly EndpointKeys[] {
  const fail = (why: string) => new AditError(9201, `Cannot use the tunnel "${name}" of the configuration: ${why}`);
  const { proto, addr, labels } = tunnel;
  if (addr === undefined) throw fail('"addr" is missing');
  if (labels) return [{ name, labels, ...labelledEndpoint(tunnel, addr, fail) }];
  if (proto === undefined) throw fail('"proto" is missing; or "labels", if it serves an edge');
  const stray = Object.keys(tunnel).find((key) => keysOfKind.has(key) && !ownKeys[proto].includes(key));
  if (stray !== undefined) throw fail(`"${stray}" does not belong to proto: ${proto}`);
  const termination = terminationOf(tunnel, fail);
  const cas = termination ? undefined : tunnel.mutual_tls_cas;
  if (cas !== undefined && proto === 'http' && tunnel.schemes?.includes('http')) {
    throw fail('"mutual_tls_cas" is for https, and "schemes" has http as well');
  }
  const shared = {
    ...sharedKeys(tunnel, addr),
    ...(cas !== undefined && { mutual_tls_cas: cas }),
    ...policiesOf(tunnel, fail),
    ...(termination && { agent_tls_termination: termination }),
  };
  return urlsOf(proto, tunnel).map((url, i) => ({ name: i === 0 ? name : `${name}-http`, url, ...shared }));
}

function labelledEndpoint(
  tunnel: TunnelKeys,
  addr: string,
  fail: (why: string) => AditError,
): Omit<EndpointKeys, 'name' | 'labels'> {
  const stray = Object.keys(tunnel).find((key) => !labelledKeys.has(key));
  if (stray !== undefined) throw fail(`"${stray}" does not go with "labels": ${onlyOnEdges}`);
  const termination = terminationOf(tunnel, fail);
  return {
    ...sharedKeys(tunnel, addr),
    ...(termination && { agent_tls_termination: termination }),
  };
}

function sharedKeys(tunnel: TunnelKeys, addr: string): Omit<EndpointKeys, 'name'> {
  const { metadata, inspect, host_header: hostHeader, ip_restriction: ranges, proxy_proto: proxy } = tunnel;
  return {
    ...(metadata !== undefined && { metadata }),
    ...(inspect !== undefined && { inspect }),
    ...(ranges?.allow_cidrs && { allow_cidrs: ranges.allow_cidrs }),
    ...(ranges?.deny_cidrs && { deny_cidrs: ranges.deny_cidrs }),
    upstream: {
      url: addr,
      ...(proxy ? { proxy_protocol: proxy } : {}),
      ...(hostHeader !== undefined && { host_header: hostHeader }),
    },
  };
}

/** Under their names of today. */
function policiesOf(tunnel: TunnelKeys, fail: (why: string) => AditError): PolicyKeys {
  const { auth, policy, basic_auth: passwords, traffic_policy: newer } = tunnel;
  if (auth && passwords) throw fail('"auth" and "basic_auth" are the same; keep one');
  if (policy && newer) throw fail('"policy" and "traffic_policy" are the same; keep one');
  return {
    ...pickPolicies(tunnel),
    ...(auth && { basic_auth: auth }),
    ...(policy && { traffic_policy: policy }),
  };
}

function urlsOf(proto: Protocol, tunnel: TunnelKeys): readonly string[] {
  if (proto === 'tcp') return [`tcp://${tunnel.remote_addr ?? ''}`];
  const host = tunnel.domain ?? tunnel.hostname ?? tunnel.subdomain ?? '';
  if (proto === 'tls') return [`tls://${host}`];
  const schemes = new Set(tunnel.schemes ?? ['https']);
  return (['https', 'http'] as const).filter((scheme) => schemes.has(scheme)).map((scheme) => `${scheme}://${host}`);
}

function terminationOf(tunnel: TunnelKeys, fail: (why: string) => AditError): EndpointKeys['agent_tls_termination'] {
  const { crt, key, mutual_tls_cas: cas, terminate_at: place } = tunnel;
  if (place === 'upstream' && cas !== undefined) throw fail('"terminate_at: upstream" contradicts "mutual_tls_cas"');
  if (place === 'edge' && (crt !== undefined || key !== undefined))
    throw fail('"terminate_at: edge" contradicts "crt" and "key"');
  if (crt === undefined && key === undefined && place !== 'agent') return undefined;
  if (crt === undefined || key === undefined)
    throw fail('TLS is ended in the agent only with "crt" and "key" together');
  if (place === 'upstream') throw fail('"terminate_at: upstream" contradicts "crt" and "key"');
  return {
    server_certificate: crt,
    server_private_key: key,
    ...(cas !== undefined && { mutual_tls_certificate_authorities: [cas] }),
  };
}

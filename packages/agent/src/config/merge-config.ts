import { dirname, resolve } from 'node:path';
import { absolutePolicies } from './absolute-policies.ts';
import type { ConfigDocument, EndpointKeys } from './agent-config.ts';
import type { TunnelKeys } from './tunnel-config.ts';

/** Several files as one: of two scalars the later wins, lists are taken whole, maps are merged key by key. */
export function mergeDocuments(documents: readonly ConfigDocument[]): ConfigDocument {
  return documents.reduce<unknown>(merged, { agent: {} }) as ConfigDocument;
}

function merged(earlier: unknown, later: unknown): unknown {
  if (!isMap(earlier) || !isMap(later)) return later;
  const entries = Object.entries(later).map(([key, value]) => [
    key,
    Object.hasOwn(earlier, key) ? merged(earlier[key], value) : value,
  ]);
  return { ...earlier, ...(Object.fromEntries(entries) as object) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every path of a document made absolute: it is relative to the file it stands in, wherever the command is started. */
export function withAbsolutePaths(document: ConfigDocument, file: string): ConfigDocument {
  const absolute = absoluteFrom(dirname(file));
  const { agent, endpoints, tunnels } = document;
  return {
    agent: {
      ...agent,
      ...(agent.connect_cas !== undefined && { connect_cas: absolute(agent.connect_cas, ['host']) }),
      ...(typeof agent.log === 'string' && { log: absolute(agent.log, ['stdout', 'stderr', 'false']) }),
    },
    ...(endpoints && { endpoints: endpoints.map((endpoint) => absoluteEndpoint(endpoint, absolute)) }),
    ...(tunnels && {
      tunnels: Object.fromEntries(
        Object.entries(tunnels).map(([name, tunnel]) => [name, absoluteTunnel(tunnel, absolute)]),
      ),
    }),
  };
}

type Absolute = (path: string, words?: readonly string[]) => string;

function absoluteFrom(folder: string): Absolute {
  return (path, words = []) => (words.includes(path) || isInlinePem(path) ? path : resolve(folder, path));
}

/** A value that may be a path or the PEM text itself. */
export function isInlinePem(value: string): boolean {
  return value.includes('-----BEGIN ');
}

function absoluteEndpoint(endpoint: EndpointKeys, absolute: Absolute): EndpointKeys {
  const { upstream, agent_tls_termination: termination } = endpoint;
  const cas = upstream.tls_verify_cas;
  const serverCas = endpoint.mutual_tls_cas;
  const clientCas = termination?.mutual_tls_certificate_authorities?.map((ca) => absolute(ca));
  return {
    ...endpoint,
    ...absolutePolicies(endpoint, absolute),
    ...(serverCas !== undefined && { mutual_tls_cas: absolute(serverCas) }),
    ...(cas !== undefined && { upstream: { ...upstream, tls_verify_cas: absolute(cas) } }),
    ...(termination && {
      agent_tls_termination: {
        server_certificate: absolute(termination.server_certificate),
        server_private_key: absolute(termination.server_private_key),
        ...(clientCas && { mutual_tls_certificate_authorities: clientCas }),
      },
    }),
  };
}

function absoluteTunnel(tunnel: TunnelKeys, absolute: Absolute): TunnelKeys {
  const { crt, key, mutual_tls_cas: cas } = tunnel;
  return {
    ...tunnel,
    ...absolutePolicies(tunnel, absolute),
    ...(crt !== undefined && { crt: absolute(crt) }),
    ...(key !== undefined && { key: absolute(key) }),
    ...(cas !== undefined && { mutual_tls_cas: absolute(cas) }),
  };
}

import { AditError } from '@adit/contracts';
import {
  checkPolicies,
  type FolderUpstream,
  type ForwardOptions,
  type NetworkUpstream,
  parsePublicUrl,
  parseUpstream,
} from '@adit/sdk';
import type { EndpointKeys } from '../config/agent-config.ts';
import { readCas, terminationOf, verificationOf } from './endpoint-pem.ts';
import { readLabels, refuseKeysOfEdges } from './labelled-keys.ts';
import { endpointPolicies, policyKeyNames } from './policies/endpoint-policies.ts';

/** One endpoint or labelled tunnel to bring online, whatever it was written in: flags, configuration version 3 or 2. */
export interface EndpointDefinition {
  readonly name: string;
  readonly upstream: NetworkUpstream | FolderUpstream;
  /** What the session is asked for. Holds secrets. */
  readonly forward: Omit<ForwardOptions, 'tap'>;
  /** Whether its requests are captured for the inspector. */
  readonly isInspected: boolean;
}

const maxMetadataBytes = 4096;

/**
 * Checks all that can be checked without the server, reads the files that are named, and fetches the policy that is.
 *
 * @throws {AditError} 9201: keys that do not go together. 9202: a file cannot be read. 9204: a policy cannot be fetched. 9304: upstream.
 *   326, 332: URL.
 */
export async function defineEndpoint(keys: EndpointKeys): Promise<EndpointDefinition> {
  if (Buffer.byteLength(keys.metadata ?? '') > maxMetadataBytes) {
    throw refuse(keys, 'its metadata is longer than 4,096 bytes');
  }
  return keys.labels === undefined ? await withAddress(keys) : await withLabels(keys, keys.labels);
}

async function withAddress(keys: EndpointKeys): Promise<EndpointDefinition> {
  const { name, url = '', upstream: target } = keys;
  const { protocol: scheme } = parsePublicUrl(url);
  const isHttp = scheme === 'http' || scheme === 'https';
  refuseMismatch(keys, { scheme, isHttp });
  const policies = await endpointPolicies(keys);
  checkPolicies(policies, { scheme, nameOf: (option) => `${policyKeyNames[option]} of the endpoint "${name}"` });
  const shared = await sharedOptions(keys, scheme);
  return {
    name,
    upstream: shared.upstream,
    isInspected: isHttp && keys.inspect !== false,
    forward: {
      ...{ ...shared, url, name },
      description: keys.description,
      allowCidrs: keys.allow_cidrs,
      denyCidrs: keys.deny_cidrs,
      poolingEnabled: keys.pooling_enabled,
      binding: keys.bindings?.[0],
      proxyProtocol: target.proxy_protocol,
      hostHeader: target.host_header,
      ...policies,
      mutualTlsCas: keys.mutual_tls_cas === undefined ? undefined : await readCas(keys.mutual_tls_cas),
    },
  };
}

async function withLabels(keys: EndpointKeys, labels: readonly string[]): Promise<EndpointDefinition> {
  refuseKeysOfEdges(keys);
  const shared = await sharedOptions(keys, 'https');
  const { upstream } = shared;
  // Nobody knows what kind of edge it serves; a service of bytes says that it is one by its URL.
  const isHttp = upstream.kind === 'folder' || upstream.protocol === 'http' || upstream.protocol === 'https';
  return {
    name: keys.name,
    upstream,
    isInspected: isHttp && keys.inspect !== false,
    forward: { ...shared, labels: readLabels(labels) },
  };
}

async function sharedOptions(keys: EndpointKeys, scheme: NetworkUpstream['protocol']) {
  const { url, protocol: upstreamProtocol } = keys.upstream;
  const upstreamVerify = await verificationOf(keys.upstream);
  const upstream = parseUpstream(url, { upstreamProtocol, upstreamVerify, scheme });
  const tlsTermination = await terminationOf(keys.agent_tls_termination);
  return { upstream, upstreamProtocol, upstreamVerify, metadata: keys.metadata, tlsTermination };
}

function refuseMismatch(keys: EndpointKeys, { scheme, isHttp }: { scheme: string; isHttp: boolean }): void {
  const { upstream, agent_tls_termination: termination } = keys;
  if (termination && scheme !== 'tls') throw refuse(keys, 'TLS is ended in the agent for tls:// URLs only');
  if (keys.mutual_tls_cas !== undefined) {
    if (scheme !== 'https' && scheme !== 'tls')
      throw refuse(keys, 'visitors show certificates to https:// and tls:// URLs only');
    if (termination) throw refuse(keys, 'the agent ends its TLS; give the CAs to "agent_tls_termination"');
  }
  if (isHttp) return;
  if (upstream.host_header !== undefined) throw refuse(keys, `a ${scheme} endpoint has no Host header`);
  if (upstream.protocol !== undefined)
    throw refuse(keys, `a ${scheme} endpoint passes bytes; it has no upstream protocol`);
}

function refuse({ name }: EndpointKeys, why: string): AditError {
  return new AditError(9201, `Cannot use the endpoint "${name}": ${why}`);
}

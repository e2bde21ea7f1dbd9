import { readFile } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
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
import { isInlinePem } from '../config/merge-config.ts';
import { endpointPolicies, policyKeyNames } from './policies/endpoint-policies.ts';

/** One endpoint to bring online, whatever it was written in: flags, configuration version 3 or 2. */
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
  const {
    name,
    url = '',
    upstream: { protocol: upstreamProtocol, ...target },
  } = keys;
  const { protocol: scheme } = parsePublicUrl(url);
  const isHttp = scheme === 'http' || scheme === 'https';
  refuseMismatch(keys, { scheme, isHttp });
  const policies = await endpointPolicies(keys);
  checkPolicies(policies, { scheme, nameOf: (option) => `${policyKeyNames[option]} of the endpoint "${name}"` });
  const upstreamVerify = await verificationOf(keys.upstream);
  const upstream = parseUpstream(target.url, { upstreamProtocol, upstreamVerify, scheme });
  return {
    name,
    upstream,
    isInspected: isHttp && keys.inspect !== false,
    forward: {
      ...{ upstream, upstreamProtocol, upstreamVerify, url, name },
      description: keys.description,
      metadata: keys.metadata,
      allowCidrs: keys.allow_cidrs,
      denyCidrs: keys.deny_cidrs,
      poolingEnabled: keys.pooling_enabled,
      binding: keys.bindings?.[0],
      proxyProtocol: target.proxy_protocol,
      hostHeader: target.host_header,
      ...policies,
      tlsTermination: await terminationOf(keys.agent_tls_termination),
      mutualTlsCas: keys.mutual_tls_cas === undefined ? undefined : await readCas(keys.mutual_tls_cas),
    },
  };
}

function refuseMismatch(keys: EndpointKeys, { scheme, isHttp }: { scheme: string; isHttp: boolean }): void {
  const fail = (why: string) => new AditError(9201, `Cannot use the endpoint "${keys.name}": ${why}`);
  const { upstream, metadata = '', agent_tls_termination: termination } = keys;
  if (Buffer.byteLength(metadata) > maxMetadataBytes) throw fail('its metadata is longer than 4,096 bytes');
  if (termination && scheme !== 'tls') throw fail('TLS is ended in the agent for tls:// URLs only');
  if (keys.mutual_tls_cas !== undefined) {
    if (scheme !== 'https' && scheme !== 'tls')
      throw fail('visitors show certificates to https:// and tls:// URLs only');
    if (termination) throw fail('the agent ends its TLS; give the CAs to "agent_tls_termination"');
  }
  if (isHttp) return;
  if (upstream.host_header !== undefined) throw fail(`a ${scheme} endpoint has no Host header`);
  if (upstream.protocol !== undefined) throw fail(`a ${scheme} endpoint passes bytes; it has no upstream protocol`);
}

async function verificationOf({ tls_verify: isWanted, tls_verify_cas: cas }: EndpointKeys['upstream']) {
  if (cas === undefined) return isWanted;
  if (isWanted === false) throw new AditError(9201, 'Cannot verify an upstream by a CA and not verify it at once');
  return { caPem: await readPem(cas) };
}

async function terminationOf(keys: EndpointKeys['agent_tls_termination']): Promise<ForwardOptions['tlsTermination']> {
  if (!keys) return undefined;
  const { server_certificate: chain, server_private_key: key, mutual_tls_certificate_authorities: cas = [] } = keys;
  const [certificate, privateKey, ...clientCas] = await Promise.all([chain, key, ...cas].map(readPem));
  return {
    certificate: certificate ?? '',
    privateKey: privateKey ?? '',
    ...(clientCas.length > 0 && { clientCas: clientCas.join('\n') }),
  };
}

/** CA certificates for the server, which checks what they are good for; a file of something else is found out here. */
async function readCas(pathOrPem: string): Promise<string> {
  const pem = await readPem(pathOrPem);
  const name = isInlinePem(pathOrPem) ? 'The text' : JSON.stringify(pathOrPem);
  const fail = (why: string) => new AditError(9201, `Cannot use "mutual_tls_cas": ${name} ${why}`);
  if (pem.includes('PRIVATE KEY')) throw fail('holds a private key, which nobody else should see');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw fail('holds no PEM certificate');
  return pem;
}

/** The PEM text, given as such or as the path of a file. */
async function readPem(pathOrPem: string): Promise<string> {
  if (isInlinePem(pathOrPem)) return pathOrPem;
  return await readFile(pathOrPem, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = getSystemErrorMessage(cause.errno ?? 0);
    throw new AditError(9202, `Cannot read the PEM file "${pathOrPem}": ${why}`, { cause });
  });
}

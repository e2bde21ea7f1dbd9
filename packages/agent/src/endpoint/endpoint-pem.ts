// Certificates and keys of an endpoint, each given as PEM text or as the path of a file.
import { readFile } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';
import type { ForwardOptions } from '@adit/sdk';
import type { EndpointKeys } from '../config/agent-config.ts';
import { isInlinePem } from '../config/merge-config.ts';

/** @throws {AditError} 9201: it is both wanted and not. 9202: a file cannot be read. */
export async function verificationOf({
  tls_verify: isWanted,
  tls_verify_cas: cas,
}: EndpointKeys['upstream']): Promise<ForwardOptions['upstreamVerify']> {
  if (cas === undefined) return isWanted;
  if (isWanted === false) throw new AditError(9201, 'Cannot verify an upstream by a CA and not verify it at once');
  return { caPem: await readPem(cas) };
}

/** @throws {AditError} 9202: a file cannot be read. */
export async function terminationOf(
  keys: EndpointKeys['agent_tls_termination'],
): Promise<ForwardOptions['tlsTermination']> {
  if (!keys) return undefined;
  const { server_certificate: chain, server_private_key: key, mutual_tls_certificate_authorities: cas = [] } = keys;
  const [certificate, privateKey, ...clientCas] = await Promise.all([chain, key, ...cas].map(readPem));
  return {
    certificate: certificate ?? '',
    privateKey: privateKey ?? '',
    ...(clientCas.length > 0 && { clientCas: clientCas.join('\n') }),
  };
}

/**
 * CA certificates for the server, which checks what they are good for; a file of something else is found out here.
 *
 * @throws {AditError} 9201: they are none, or hold a key. 9202: the file cannot be read.
 */
export async function readCas(pathOrPem: string): Promise<string> {
  const pem = await readPem(pathOrPem);
  const name = isInlinePem(pathOrPem) ? 'The text' : JSON.stringify(pathOrPem);
  const fail = (why: string) => new AditError(9201, `Cannot use "mutual_tls_cas": ${name} ${why}`);
  if (pem.includes('PRIVATE KEY')) throw fail('holds a private key, which nobody else should see');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw fail('holds no PEM certificate');
  return pem;
}

async function readPem(pathOrPem: string): Promise<string> {
  if (isInlinePem(pathOrPem)) return pathOrPem;
  return await readFile(pathOrPem, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = getSystemErrorMessage(cause.errno ?? 0);
    throw new AditError(9202, `Cannot read the PEM file "${pathOrPem}": ${why}`, { cause });
  });
}

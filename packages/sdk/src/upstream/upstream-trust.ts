import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { AditError } from '@adit/contracts';
import { isLoopbackHost } from '../dial/loopback.ts';
import type { NetworkUpstream } from './upstream.ts';

/** Whether a connection to it is given up when its certificate is not good. */
export function mustBeGood({ verify, host }: NetworkUpstream): boolean {
  return verify === 'system' || (verify === 'unlessLoopback' && !isLoopbackHost(host));
}

let system: SecureContext | undefined;
const own = new WeakMap<NetworkUpstream, SecureContext>();

/**
 * What its certificate is checked against: its own roots and no others, else those of the system together with those
 * that Node.js carries (a bare container has none of its own).
 *
 * @throws {AditError} 9201: its roots are not certificates in PEM.
 */
export function upstreamContext(upstream: NetworkUpstream): SecureContext {
  const { caPem } = upstream;
  if (caPem === undefined) {
    system ??= createSecureContext({
      ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
    });
    return system;
  }
  const context = own.get(upstream) ?? contextOf(caPem);
  own.set(upstream, context);
  return context;
}

function contextOf(caPem: string): SecureContext {
  try {
    if (!caPem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM certificate');
    return createSecureContext({ ca: caPem });
  } catch (cause) {
    throw new AditError(9201, "Cannot verify the upstream's certificate: the CA certificate is not PEM", { cause });
  }
}

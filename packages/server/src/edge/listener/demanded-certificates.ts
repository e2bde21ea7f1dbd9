import { createSecureContext, type SecureContext } from 'node:tls';
import type { TlsDemands } from '@adit/policy-kit';
import type { CertificatePem, CertificateSource } from '../../domain/certificates.ts';
import { RecentMap } from '../../domain/recent.ts';

/** Names below a wildcard come without end; each is one context. */
const maxContexts = 100;

/**
 * The certificates of a source, or those that the endpoint brought, together with what it asks of clients: of Node's TLS
 * servers only a context can hold that for some names and not for others.
 */
export function demandedCertificates(base: CertificateSource, demands: TlsDemands): CertificateSource {
  const contexts = new RecentMap<string, { pem: CertificatePem; context: SecureContext }>(maxContexts);
  const certificateFor = async (serverName: string | null): Promise<CertificatePem> =>
    demands.certificate ?? (await base.certificateFor(serverName));
  const contextFor = async (serverName: string | null): Promise<SecureContext> => {
    const pem = await certificateFor(serverName);
    const known = contexts.get(serverName ?? '');
    if (known?.pem === pem) return known.context;
    const context = createSecureContext({ ...pem, ...contextOptions(demands) });
    contexts.set(serverName ?? '', { pem, context });
    return context;
  };
  return { certificateFor, contextFor, caFile: null, caPem: null, close: () => contexts.clear() };
}

/** Node reads the first one of a text only. */
function listsOf(pem: string): string[] {
  return pem.match(/-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g) ?? [pem];
}

/** Of a context, and of the server whose context it takes the place of. */
export function contextOptions({ clients, minVersion, maxVersion }: TlsDemands) {
  return {
    ...{ minVersion, maxVersion },
    ...(clients && {
      ca: clients.authorities,
      // An authority between others is trusted as such: people hand out the CA that signs, and keep the root to themselves.
      // But where lists are looked up, OpenSSL wants one of every authority on the way, and can follow them to a root only.
      allowPartialTrustChain: clients.revocationLists === null,
      ...(clients.revocationLists !== null && { crl: listsOf(clients.revocationLists) }),
    }),
  };
}

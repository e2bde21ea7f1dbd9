import type { CertificatePem } from '../../domain/certificates.ts';
import type { ClientHello } from './client-hello.ts';
import { fixedCertificate } from './fixed-certificate.ts';
import type { TlsClassifier, TlsService } from './tls-service.ts';

/** What an authority offers that looks whether a name leads here (RFC 8737 §4), and nobody else. */
const challengeProtocol = 'acme-tls/1';

/**
 * Answers authorities that this server has ordered certificates from. Those that prove a name to somebody behind this server, a
 * tls endpoint for instance, go where the name's connections go.
 *
 * @param options.certificateOf Undefined: nobody proves the name to us now.
 */
export function challengeClassifier(options: {
  certificateOf(serverName: string): Promise<CertificatePem | undefined>;
  others: TlsClassifier;
}): TlsClassifier {
  // One for each certificate: it is made once, and asked for from several places.
  const services = new WeakMap<CertificatePem, TlsService>();
  return (hello) => {
    const { serverName } = hello;
    if (serverName === null || !isChallenge(hello)) return options.others(hello);
    return options.certificateOf(serverName).then((pem) => {
      if (!pem) return options.others(hello);
      const service = services.get(pem) ?? challengeService(pem);
      services.set(pem, service);
      return service;
    });
  };
}

function isChallenge({ alpnProtocols }: ClientHello): boolean {
  return alpnProtocols.length === 1 && alpnProtocols[0] === challengeProtocol;
}

/** The handshake is all there is to it. */
function challengeService(pem: CertificatePem): TlsService {
  return {
    alpnProtocols: [challengeProtocol],
    certificates: fixedCertificate(pem),
    accept: (socket) => socket.on('error', () => undefined).end(),
  };
}

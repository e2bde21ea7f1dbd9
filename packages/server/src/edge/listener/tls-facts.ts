import type { TLSSocket } from 'node:tls';
import type { TlsDemands, TlsFacts } from '@adit/policy-kit';
import { isVerifiedClient } from './verified-client.ts';

/** What a handshake came to. Read at once: a socket forgets it all when it closes. */
export function tlsFacts(socket: TLSSocket, demands: TlsDemands | null): TlsFacts {
  const cipher = socket.getCipher();
  const checkedAgainst = demands?.clients ?? null;
  const certificate = checkedAgainst ? socket.getPeerX509Certificate() : undefined;
  return {
    version: socket.getProtocol() ?? '',
    cipherSuite: cipher.standardName,
    alpn: socket.alpnProtocol || '',
    clientCertificate: certificate?.raw ?? null,
    isClientVerified: isVerifiedClient(socket, checkedAgainst),
    checkedAgainst,
  };
}

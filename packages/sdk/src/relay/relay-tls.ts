import { constants, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { createSecureContext, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { UpstreamProtocol } from '../upstream/upstream.ts';

/** TLS that ends in the agent: the server sees ciphertext only. PEM texts. */
export interface TlsTermination {
  /** The certificate, intermediate ones behind it. */
  readonly certificate: string;
  /** Secret: it never leaves this process. */
  readonly privateKey: string;
  /** Roots of visitors' certificates. Set: a visitor without a good one is refused. */
  readonly clientCas?: string | undefined;
}

/** Ends visitors' TLS with the certificate of one endpoint. */
export class AgentTls {
  readonly #options: TlsOptions;

  /** @throws {AditError} 9201: certificate and key are not a pair, or the client CAs are not certificates. */
  constructor({ certificate, privateKey, clientCas }: TlsTermination, speaks: UpstreamProtocol) {
    const pem = { cert: certificate, key: privateKey, ...(clientCas !== undefined && { ca: clientCas }) };
    check(pem);
    const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
    const wanted = speaks === 'http2' ? 'h2' : 'http/1.1';
    this.#options = {
      ...pem,
      minVersion: 'TLSv1.2',
      // Whoever offers something else alone speaks that with the service: a choice made here could only be wrong.
      ALPNCallback: ({ protocols }) => (protocols.includes(wanted) ? wanted : protocols[0]),
      ...(clientCas === undefined
        ? { secureOptions, ticketKeys: randomBytes(48) }
        : // A resumed session would outlive a CA that was taken away.
          { secureOptions: secureOptions | constants.SSL_OP_NO_TICKET, requestCert: true, rejectUnauthorized: true }),
    };
  }

  /**
   * Shakes hands with the visitor on the stream. The socket goes with the stream, and the other way round.
   *
   * @throws {Error} The visitor hung up, or TLS failed. The caller should abort the stream.
   */
  end(stream: Duplex): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    // A server for each connection: one for all would not say which of them a socket came from.
    const server = createServer(this.#options, resolve);
    server.once('tlsClientError', reject);
    stream.once('close', () => reject(new AditError(9005)));
    server.emit('connection', stream);
    return promise.then((socket) => {
      socket.on('error', () => {}); // Its 'close' follows, which is where it is handled.
      if (stream.destroyed) socket.destroy();
      stream.once('close', () => socket.destroy());
      return socket;
    });
  }
}

function check(pem: { cert: string; key: string; ca?: string }): void {
  try {
    if (pem.ca !== undefined && !pem.ca.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM certificate');
    createSecureContext(pem);
  } catch {
    // The cause could quote the key.
    throw new AditError(
      9201,
      'Cannot end TLS in the agent: certificate and private key must be a pair in PEM, and client CAs certificates in PEM',
    );
  }
}

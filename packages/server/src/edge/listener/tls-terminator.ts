import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { callbackify } from 'node:util';
import type { CertificatePem, CertificateSource } from '../../domain/certificates.ts';
import { Turnstile } from '../../domain/turnstile.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { parseServerName } from './server-name.ts';
import type { TlsService } from './tls-service.ts';

/** The first protocol version that is still safe (RFC 8996 retires the older ones). */
const minVersion = 'TLSv1.2';

/** One handshake for each connection: a second one costs us more than its sender, and could change its mind about the name. */
const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;

/** The client hung up, or its socket was destroyed, before the handshake was done. */
export class HandshakeAborted extends Error {
  override readonly name = 'HandshakeAborted';
}

interface Handshake {
  isOver: boolean;
  resolve(socket: TLSSocket): void;
  reject(error: Error): void;
}

/**
 * Ends TLS with one list of ALPN protocols: a Node TLS server that never listens and is handed connections instead.
 * Session tickets are its own, so clients can resume on it under any name.
 */
export class TlsTerminator {
  readonly #server: Server;
  readonly #certificates: CertificateSource;
  /** One for each list of protocols, so that a herd of agents does not stand before visitors. */
  readonly #turnstile: Turnstile;
  #defaultCertificate: CertificatePem | undefined;
  /** Node does not say which socket became which TLS socket; the four numbers of a TCP connection do. */
  readonly #handshakes = new Map<string, Handshake>();

  constructor(
    certificates: CertificateSource,
    { alpnProtocols, handshakesPerTurn }: Pick<TlsService, 'alpnProtocols'> & Pick<ListenerLimits, 'handshakesPerTurn'>,
  ) {
    this.#certificates = certificates;
    this.#turnstile = new Turnstile(handshakesPerTurn);
    this.#server = createServer({
      minVersion,
      secureOptions,
      ...alpnOptions(alpnProtocols),
      SNICallback: callbackify((name: string) => certificates.contextFor(parseServerName(name) ?? null)),
    });
    this.#server.on('secureConnection', (socket) => this.#take(socket)?.resolve(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#take(socket)?.reject(error));
  }

  /**
   * Shakes hands on a socket whose first bytes were put back. Rejects with the error of TLS or with HandshakeAborted; the
   * socket is destroyed then.
   *
   * @param isNamed Whether the client sent a host name; if not, Node serves the default certificate unasked.
   */
  async handshake(socket: Socket, isNamed: boolean): Promise<TLSSocket> {
    await this.#turnstile.pass();
    if (!isNamed) await this.#refreshDefaultCertificate();
    if (socket.destroyed) throw new HandshakeAborted();
    return new Promise((resolve, reject) => {
      const key = connectionKey(socket);
      const handshake: Handshake = { resolve, reject, isOver: false };
      this.#handshakes.set(key, handshake);
      socket.once('close', () => {
        // Most sockets close long after their handshake.
        if (handshake.isOver) return;
        if (this.#handshakes.get(key) === handshake) this.#handshakes.delete(key);
        reject(new HandshakeAborted());
      });
      this.#server.emit('connection', socket);
    });
  }

  #take(socket: TLSSocket): Handshake | undefined {
    const key = connectionKey(socket);
    const handshake = this.#handshakes.get(key);
    this.#handshakes.delete(key);
    if (handshake) handshake.isOver = true;
    return handshake;
  }

  async #refreshDefaultCertificate(): Promise<void> {
    const certificate = await this.#certificates.certificateFor(null);
    if (certificate === this.#defaultCertificate) return;
    this.#server.setSecureContext({ ...certificate, minVersion, secureOptions });
    this.#defaultCertificate = certificate;
  }
}

function alpnOptions(protocols: readonly string[] | 'first'): TlsOptions {
  if (protocols === 'first') return { ALPNCallback: ({ protocols: [first] }) => first };
  return protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {};
}

function connectionKey(socket: Socket): string {
  return `${socket.localAddress} ${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`;
}

import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContext, type Server, TLSSocket, type TlsOptions } from 'node:tls';
import { callbackify } from 'node:util';
import type { TlsDemands } from '@adit/policy-kit';
import type { CertificatePem, CertificateSource } from '../../domain/certificates.ts';
import type { Clock } from '../../domain/clock.ts';
import { Turnstile } from '../../domain/turnstile.ts';
import { contextOptions } from './demanded-certificates.ts';
import { keepForLastWords } from './last-words.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { parseServerName } from './server-name.ts';
import type { TlsService } from './tls-service.ts';
import { isVerifiedClient } from './verified-client.ts';

/** The first protocol version that is still safe (RFC 8996 retires the older ones). */
const minVersion = 'TLSv1.2';

/** One handshake for each connection: a second one costs us more than its sender, and could change its mind about the name. */
const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;

/** OpenSSL's name for it. */
const noCertificate = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';

/** The client hung up, or its socket was destroyed, before the handshake was done. */
export class HandshakeAborted extends Error {
  override readonly name = 'HandshakeAborted';
}

/** The client gave no certificate where one is wanted, or not a good one. */
export class ClientCertificateRefused extends Error {
  override readonly name = 'ClientCertificateRefused';
  /** OpenSSL's name for what is wrong, e.g. `CERT_HAS_EXPIRED`. */
  readonly code: string;

  constructor(code: string) {
    super(`The client's certificate was refused: ${code}`);
    this.code = code;
  }
}

interface Handshake {
  readonly socket: Socket;
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
  readonly #demands: TlsDemands | null;
  #defaultCertificate: CertificatePem | undefined;
  /** Node does not say which socket became which TLS socket; the four numbers of a TCP connection do. */
  readonly #handshakes = new Map<string, Handshake>();
  /** But not once a socket is destroyed, as it is for a bad certificate. */
  readonly #ofSocket = new WeakMap<object, Handshake>();

  constructor(
    certificates: CertificateSource,
    options: Pick<TlsService, 'alpnProtocols' | 'demands'> &
      Pick<ListenerLimits, 'handshakesPerTurn'> & { readonly clock: Clock },
  ) {
    this.#certificates = certificates;
    this.#turnstile = new Turnstile(options.handshakesPerTurn);
    this.#demands = options.demands ?? null;
    const note = this.#demands?.clients ? (socket: unknown) => this.#noteSocket(socket) : null;
    // Node calls it as a method of the TLS socket.
    const contextFor = function (this: unknown, name: string): Promise<SecureContext> {
      note?.(this);
      return certificates.contextFor(parseServerName(name) ?? null);
    };
    this.#server = createServer({
      minVersion,
      secureOptions,
      ...(this.#demands && demandOptions(this.#demands)),
      ...alpnOptions(options.alpnProtocols),
      SNICallback: callbackify(contextFor),
    });
    this.#server.on('secureConnection', (socket) => this.#settle(socket));
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const handshake = this.#take(socket) ?? this.#ofSocket.get(socket);
      if (!handshake) return;
      // The one alert that a client of TLS 1.3 gets behind its own part of the handshake.
      if (error.code === noCertificate) keepForLastWords(handshake.socket, options.clock);
      handshake.reject(refusalOf(error, socket));
    });
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
      const handshake: Handshake = { socket, resolve, reject, isOver: false };
      this.#handshakes.set(key, handshake);
      socket.once('close', () => {
        // Most sockets close long after their handshake.
        if (handshake.isOver) return;
        // Node closes for a bad certificate, too, and tells of it a moment later.
        if (this.#demands?.clients) setImmediate(() => this.#abort(key, handshake));
        else this.#abort(key, handshake);
      });
      this.#server.emit('connection', socket);
    });
  }

  #noteSocket(socket: unknown): void {
    const handshake = socket instanceof TLSSocket && this.#handshakes.get(connectionKey(socket));
    if (handshake) this.#ofSocket.set(socket, handshake);
  }

  #abort(key: string, handshake: Handshake): void {
    if (this.#handshakes.get(key) === handshake) this.#handshakes.delete(key);
    handshake.reject(new HandshakeAborted());
  }

  #settle(socket: TLSSocket): void {
    const lack = lackOf(socket, this.#demands);
    if (lack === null) return this.#take(socket)?.resolve(socket);
    this.#take(socket)?.reject(new ClientCertificateRefused(lack));
    socket.destroy();
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

function demandOptions(demands: TlsDemands): TlsOptions {
  const { clients } = demands;
  return {
    ...contextOptions(demands),
    ...(clients && {
      requestCert: true,
      rejectUnauthorized: clients.strategy === 'require-and-verify',
      // A session that is resumed asks for no certificate: it would outlive the CA, or the certificate, that was revoked.
      // Without tickets nothing is kept that one could be resumed from, in either version of TLS.
      secureOptions: secureOptions | constants.SSL_OP_NO_TICKET,
    }),
  };
}

/** What is missing though TLS let the client in: of these strategies Node does not know the second, and we trust nobody. */
function lackOf(socket: TLSSocket, demands: TlsDemands | null): string | null {
  const strategy = demands?.clients?.strategy ?? 'request';
  if (strategy === 'request') return null;
  if (socket.isSessionReused()) return 'SESSION_REUSED';
  if (!socket.getPeerX509Certificate()) return 'NO_CERTIFICATE';
  return strategy === 'require-any' || isVerifiedClient(socket, demands?.clients ?? null) ? null : 'NOT_VERIFIED';
}

/** Node tells of a certificate it refused as of a client that hung up. */
function refusalOf(error: NodeJS.ErrnoException, socket: TLSSocket): Error {
  if (error.code === noCertificate) return new ClientCertificateRefused('NO_CERTIFICATE');
  // The types say it is an error; it is the name of one.
  const refused: unknown = socket.authorizationError;
  if (typeof refused === 'string') return new ClientCertificateRefused(refused);
  return error.code === 'ECONNRESET' ? new HandshakeAborted() : error;
}

function alpnOptions(protocols: readonly string[] | 'first'): TlsOptions {
  if (protocols === 'first') return { ALPNCallback: ({ protocols: [first] }) => first };
  return protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {};
}

function connectionKey(socket: Socket): string {
  return `${socket.localAddress} ${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`;
}

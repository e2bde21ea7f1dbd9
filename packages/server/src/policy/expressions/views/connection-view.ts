import type { AddressBook, ClientHelloFacts, ConnectFacts, TlsFacts } from '@adit/policy-kit';
import { AddressView, KnownFacts, placeFacts, ShortPlaceView } from './address-view.ts';
import { CertificateView } from './certificate-view.ts';

/** `conn`: the visitor's connection. */
export class ConnectionView {
  readonly #facts: ConnectFacts;
  readonly #ofClient: KnownFacts;
  readonly #addresses: AddressBook;
  #tls: TlsView | undefined;

  constructor(facts: ConnectFacts, addresses: AddressBook) {
    this.#facts = facts;
    this.#ofClient = new KnownFacts(facts.clientIp, addresses);
    this.#addresses = addresses;
  }

  get client_ip(): string {
    return this.#facts.clientIp;
  }

  get $client_ip(): AddressView {
    return new AddressView(this.#ofClient);
  }

  /** Undefined: there is no database that says where anybody is. */
  get geo(): ShortPlaceView | undefined {
    return this.#ofClient.has(placeFacts) ? new ShortPlaceView(this.#ofClient) : undefined;
  }

  get client_port(): bigint {
    return BigInt(this.#facts.clientPort);
  }

  get server_ip(): string {
    return this.#facts.serverIp;
  }

  get $server_ip(): AddressView {
    return new AddressView(new KnownFacts(this.#facts.serverIp, this.#addresses));
  }

  get server_port(): bigint {
    return BigInt(this.#facts.serverPort);
  }

  get ts(): ConnectionTimesView {
    return new ConnectionTimesView(this.#facts);
  }

  get tls(): TlsView {
    this.#tls ??= new TlsView(this.#facts);
    return this.#tls;
  }
}

/** `conn.ts`. */
export class ConnectionTimesView {
  /** Undefined: nobody noted it. */
  readonly start: Date | undefined;

  constructor({ startedAtMs }: ConnectFacts) {
    this.start = startedAtMs === undefined ? undefined : new Date(startedAtMs);
  }
}

/** `conn.tls`: texts are empty where there was no TLS, or where this server did not end it. */
export class TlsView {
  readonly sni: string;
  readonly session_resumed = false;
  readonly #facts: TlsFacts | undefined;
  readonly #hello: ClientHelloFacts | undefined;
  #client: CertificateView | undefined;

  constructor({ serverName, clientHello, tls }: ConnectFacts) {
    this.sni = serverName ?? '';
    this.#hello = clientHello;
    this.#facts = tls;
  }

  get ja4_fingerprint(): string {
    return this.#hello?.ja4 ?? '';
  }

  /** `1.3` and the like. */
  get version(): string {
    return this.#facts?.version.replace(/^TLSv/, '') ?? '';
  }

  get cipher_suite(): string {
    return this.#facts?.cipherSuite ?? '';
  }

  get negotiated_alpn(): string {
    return this.#facts?.alpn ?? '';
  }

  /** Undefined: the visitor showed no certificate. */
  get client(): CertificateView | undefined {
    const certificate = this.#facts?.clientCertificate;
    if (!this.#facts || !certificate) return undefined;
    this.#client ??= new CertificateView(certificate, this.#facts.isClientVerified);
    return this.#client;
  }
}

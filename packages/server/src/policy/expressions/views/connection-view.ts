import type { ConnectFacts, TlsFacts } from '@adit/policy-kit';
import { CertificateView } from './certificate-view.ts';

/** `conn`: the visitor's connection. */
export class ConnectionView {
  readonly #facts: ConnectFacts;
  #tls: TlsView | undefined;

  constructor(facts: ConnectFacts) {
    this.#facts = facts;
  }

  get client_ip(): string {
    return this.#facts.clientIp;
  }

  get client_port(): bigint {
    return BigInt(this.#facts.clientPort);
  }

  get server_ip(): string {
    return this.#facts.serverIp;
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
  #client: CertificateView | undefined;

  constructor({ serverName, tls }: ConnectFacts) {
    this.sni = serverName ?? '';
    this.#facts = tls;
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

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { ConnectFacts } from '@adit/policy-kit';
import type { CertificateSource } from '../../domain/certificates.ts';
import { ConnectionQuota } from './connection-quota.ts';
import { demandedCertificates } from './demanded-certificates.ts';
import { type ListenAddress, type Listener, openSocketListener, type Refusal } from './listener.ts';
import { defaultListenerLimits, type ListenerLimits } from './listener-limits.ts';
import { peekClientHello } from './peek.ts';
import { Reception, type ReceptionOptions } from './reception.ts';
import { tlsFacts } from './tls-facts.ts';
import type { Service, TlsClassifier, TlsService } from './tls-service.ts';
import { ClientCertificateRefused, HandshakeAborted, TlsTerminator } from './tls-terminator.ts';

export interface TlsListenerOptions extends ListenAddress, ReceptionOptions {
  readonly certificates: CertificateSource;
  /** Which service a connection goes to: see `httpClassifier`, `agentClassifier`, `sharedClassifier`. */
  readonly classify: TlsClassifier;
  /** Who may have any number of connections in handshake, besides loopback. Default: nobody. */
  readonly isExempt?: ((clientIp: string) => boolean) | undefined;
  readonly limits?: Partial<ListenerLimits>;
}

/**
 * Listens for TLS: reads the ClientHello, chooses the service, shakes hands, hands over. What fails on the way is closed
 * and told to `onRefused`, and disturbs nobody else.
 *
 * @throws {AditError} 9220: the port is taken. 9221: it needs more rights. 9201: the address is not of this machine.
 */
export async function openTlsListener(options: TlsListenerOptions): Promise<Listener> {
  const limits = { ...defaultListenerLimits, ...options.limits };
  const front = new TlsFront(options, limits);
  const { port, stopAccepting } = await openSocketListener(options, {
    backlog: limits.backlog,
    allowHalfOpen: false,
    onSocket: (socket) => front.accept(socket),
    onAcceptError: ({ code }) => front.reception.report('accept-failed', undefined, code),
  });
  return {
    host: options.host,
    port,
    close: () => {
      stopAccepting();
      return front.reception.settle();
    },
  };
}

const httpAnswer =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n' +
  'This port speaks HTTPS. Use an address that starts with https://\n';
const answerTimeoutMs = 1_000;

/** A connection whose service is not known yet. */
interface AwaitedService {
  readonly facts: ConnectFacts;
  readonly service: Promise<Service>;
}

/** What ends the TLS of one service. */
interface Ending {
  readonly certificates: CertificateSource;
  readonly terminator: TlsTerminator;
}

/** What is done with connections between accept and hand-over. */
class TlsFront {
  readonly reception: Reception;
  readonly #options: TlsListenerOptions;
  readonly #limits: ListenerLimits;
  readonly #handshakes: ConnectionQuota;
  /** One for each service, made when first asked for. Those of endpoints go with them. */
  readonly #endings = new WeakMap<TlsService, Ending>();

  constructor(options: TlsListenerOptions, limits: ListenerLimits) {
    this.#options = options;
    this.#limits = limits;
    this.reception = new Reception(options, limits);
    this.#handshakes = new ConnectionQuota({
      max: limits.maxHandshakes,
      maxPerClient: limits.maxHandshakesPerClient,
      ...(options.isExempt && { isExempt: options.isExempt }),
    });
  }

  accept(socket: Socket): void {
    this.reception.receive(socket, (from) => {
      const received = this.#inPlace(socket, from, () => this.#receive(socket, from));
      return received?.then((awaited) => awaited && this.#serveOnArrival(socket, awaited));
    });
  }

  /** Works in one of the places for handshakes. Undefined: there is none left. */
  #inPlace<T>(socket: Socket, facts: ConnectFacts, work: () => Promise<T>): Promise<T> | undefined {
    const leave = this.#handshakes.enter(facts.clientIp);
    if (leave === undefined) return void this.reception.refuse(socket, 'too-many-handshakes', facts);
    return work().finally(leave);
  }

  /** Answers who has to be waited for. */
  async #receive(socket: Socket, from: ConnectFacts): Promise<AwaitedService | undefined> {
    const peeked = await peekClientHello(socket, { clock: this.#options.clock, limits: this.#limits });
    if ('refusal' in peeked) {
      this.reception.report(peeked.refusal, from);
      if (peeked.refusal === 'http-on-tls') this.#answerHttp(socket);
      else socket.destroy();
      return undefined;
    }
    const { hello } = peeked;
    const facts = { ...from, serverName: hello.serverName, clientHello: hello.fingerprint };
    const service = this.#options.classify(hello);
    if (service instanceof Promise) return { facts, service };
    await this.#serve(socket, { facts, service });
    return undefined;
  }

  /** Outside the places: those who are waited for need one themselves. */
  async #serveOnArrival(socket: Socket, { facts, service: arriving }: AwaitedService): Promise<void> {
    const service = await arriving;
    // His 'close' is over, and whoever took him would wait for it.
    if (socket.destroyed) return this.reception.report('client-gone', facts);
    await this.#inPlace(socket, facts, () => this.#serve(socket, { facts, service }));
  }

  async #serve(socket: Socket, { facts, service }: { facts: ConnectFacts; service: Service }): Promise<void> {
    if (service.isPassthrough) return service.accept(socket, facts);
    const tlsSocket = await this.#handshake(socket, { facts, service });
    if (tlsSocket === undefined) return;
    service.accept(tlsSocket, { ...facts, tls: tlsFacts(tlsSocket, service.demands ?? null) });
  }

  async #handshake(
    socket: Socket,
    { facts, service }: { facts: ConnectFacts; service: TlsService },
  ): Promise<TLSSocket | undefined> {
    let failure: Refusal = 'no-certificate';
    const cancel = this.#options.clock.after(this.#limits.handshakeTimeoutMs, () => {
      failure = 'handshake-timeout';
      socket.destroy();
    });
    try {
      const { certificates, terminator } = this.#endingOf(service);
      // Asked for here so that a failure is told from one of TLS, which asks again and finds it made.
      await certificates.contextFor(facts.serverName);
      if (failure === 'no-certificate') failure = 'handshake-failed';
      return await terminator.handshake(socket, facts.serverName !== null);
    } catch (error) {
      socket.destroy();
      this.reception.report(failure === 'handshake-failed' ? refusalOf(error) : failure, facts, errorCode(error));
      return undefined;
    } finally {
      cancel();
    }
  }

  #endingOf(service: TlsService): Ending {
    let ending = this.#endings.get(service);
    if (ending === undefined) {
      const base = service.certificates ?? this.#options.certificates;
      const certificates = service.demands ? demandedCertificates(base, service.demands) : base;
      ending = {
        certificates,
        terminator: new TlsTerminator(certificates, { ...this.#limits, ...service, clock: this.#options.clock }),
      };
      this.#endings.set(service, ending);
    }
    return ending;
  }

  #answerHttp(socket: Socket): void {
    const cancel = this.#options.clock.after(answerTimeoutMs, () => socket.destroy());
    // Unread bytes at close would make the system send a reset, which can overtake the answer.
    socket.once('close', cancel).end(httpAnswer).resume();
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof ClientCertificateRefused) return 'client-certificate';
  return error instanceof HandshakeAborted ? 'client-gone' : 'handshake-failed';
}

function errorCode(error: unknown): string | undefined {
  if (error instanceof AditError) return error.wireCode;
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

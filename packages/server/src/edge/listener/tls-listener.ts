import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { ConnectFacts } from '@adit/policy-kit';
import type { CertificateSource } from '../../domain/certificates.ts';
import type { Clock } from '../../domain/clock.ts';
import { connectFacts } from './connect-facts.ts';
import { HandshakeQuota } from './handshake-quota.ts';
import { type ListenAddress, type Listener, type OnRefused, openSocketListener, type Refusal } from './listener.ts';
import { defaultListenerLimits, type ListenerLimits } from './listener-limits.ts';
import { peekClientHello } from './peek.ts';
import type { TlsClassifier, TlsService } from './tls-service.ts';
import { HandshakeAborted, TlsTerminator } from './tls-terminator.ts';

export interface TlsListenerOptions extends ListenAddress {
  readonly certificates: CertificateSource;
  readonly clock: Clock;
  /** Which service a connection goes to: see `httpClassifier`, `agentClassifier`, `sharedClassifier`. */
  readonly classify: TlsClassifier;
  readonly onRefused?: OnRefused;
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
    onAcceptError: ({ code }) =>
      options.onRefused?.({ reason: 'accept-failed', clientIp: undefined, serverName: null, errorCode: code }),
  });
  return {
    host: options.host,
    port,
    close: () => {
      stopAccepting();
      return front.settle();
    },
  };
}

const httpAnswer =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n' +
  'This port speaks HTTPS. Use an address that starts with https://\n';
const answerTimeoutMs = 1_000;

/** What is done with connections between accept and hand-over. */
class TlsFront {
  readonly #options: TlsListenerOptions;
  readonly #limits: ListenerLimits;
  readonly #quota: HandshakeQuota;
  /** One for each service, made when first asked for; services are few and fixed. */
  readonly #terminators = new Map<TlsService, TlsTerminator>();
  readonly #arrivals = new Map<Socket, Promise<void>>();

  constructor(options: TlsListenerOptions, limits: ListenerLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#quota = new HandshakeQuota(limits);
  }

  accept(socket: Socket): void {
    // An error is always followed by 'close', which is where it is handled.
    socket.on('error', () => undefined);
    const facts = connectFacts(socket, null);
    const leave = facts && this.#quota.enter(facts.clientIp);
    if (facts === undefined || leave === undefined) {
      socket.destroy();
      this.#report(facts === undefined ? 'client-gone' : 'too-many-handshakes', facts);
      return;
    }
    const arrival = this.#receive(socket, facts).finally(() => {
      leave();
      this.#arrivals.delete(socket);
    });
    this.#arrivals.set(socket, arrival);
  }

  /** Resolves when no connection is on its way any more; gives those up that are late. */
  async settle(): Promise<void> {
    const cancel = this.#options.clock.after(this.#limits.closeGraceMs, () => {
      for (const socket of this.#arrivals.keys()) socket.destroy();
    });
    await Promise.allSettled(this.#arrivals.values());
    cancel();
  }

  async #receive(socket: Socket, from: ConnectFacts): Promise<void> {
    const peeked = await peekClientHello(socket, { clock: this.#options.clock, limits: this.#limits });
    if ('refusal' in peeked) {
      this.#report(peeked.refusal, from);
      if (peeked.refusal === 'http-on-tls') this.#answerHttp(socket);
      else socket.destroy();
      return;
    }
    const { hello } = peeked;
    const facts = { ...from, serverName: hello.serverName };
    const service = this.#options.classify(hello);
    const tlsSocket = await this.#handshake(socket, { facts, service });
    if (tlsSocket !== undefined) service.accept(tlsSocket, facts);
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
      // Asked for here so that a failure is told from one of TLS, which asks again and finds it made.
      await this.#options.certificates.contextFor(facts.serverName);
      if (failure === 'no-certificate') failure = 'handshake-failed';
      return await this.#terminatorOf(service).handshake(socket, facts.serverName !== null);
    } catch (error) {
      socket.destroy();
      const isGone = failure === 'handshake-failed' && error instanceof HandshakeAborted;
      this.#report(isGone ? 'client-gone' : failure, facts, error);
      return undefined;
    } finally {
      cancel();
    }
  }

  #terminatorOf(service: TlsService): TlsTerminator {
    let terminator = this.#terminators.get(service);
    if (terminator === undefined) {
      terminator = new TlsTerminator(this.#options.certificates, service.alpnProtocols);
      this.#terminators.set(service, terminator);
    }
    return terminator;
  }

  #answerHttp(socket: Socket): void {
    const cancel = this.#options.clock.after(answerTimeoutMs, () => socket.destroy());
    // Unread bytes at close would make the system send a reset, which can overtake the answer.
    socket.once('close', cancel).end(httpAnswer).resume();
  }

  #report(reason: Refusal, facts: ConnectFacts | undefined, error?: unknown): void {
    this.#options.onRefused?.({
      reason,
      clientIp: facts?.clientIp,
      serverName: facts?.serverName ?? null,
      errorCode: errorCode(error),
    });
  }
}

function errorCode(error: unknown): string | undefined {
  if (error instanceof AditError) return error.wireCode;
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

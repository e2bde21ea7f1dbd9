import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import {
  type AuthRequest,
  aditProfile,
  answerHeartbeat,
  type BindRequest,
  encodeProxyHeader,
  MuxSession,
  type MuxStream,
  ngrokProfile,
  parseAuthRequest,
  parseBindRequest,
  parseStartTunnelWithLabel,
  parseUnbindRequest,
  readMessage,
  reply,
  type StartTunnelWithLabel,
  streamTypes,
} from '@adit/wire';
import { makeTestCertificate } from './test-ca.testkit.ts';

/** What the server answers, and what it does not. Changing a field changes the next answer. */
export interface TestServerBehaviour {
  /** False: no ALPN, as a server for unmodified SDKs alone. */
  speaksAdit: boolean;
  beats: boolean;
  /** False: it does not answer when an endpoint is to go offline. */
  unbinds: boolean;
  authError: string;
  /** False: each leg is a session of its own. */
  joinsLegs: boolean;
  /** By the number of the bind, from 0. */
  bindError(count: number): string | Promise<string>;
  /** The same of labelled tunnels, each of which gets an id of its own. */
  startError(count: number): string | Promise<string>;
  /** False: binds with `IPRestriction` come back without it. */
  confirmsRestriction: boolean;
}

/** A server of the agent protocol, small enough to believe: real TLS and multiplexer, answers from a script. */
export class TestServer {
  readonly behaviour: TestServerBehaviour;
  readonly auths: AuthRequest[] = [];
  readonly binds: BindRequest[] = [];
  readonly starts: StartTunnelWithLabel[] = [];
  readonly unbinds: string[] = [];
  readonly sockets: TLSSocket[] = [];
  readonly caPem: string;
  readonly #server;
  #sessions: MuxSession[] = [];
  #waiting: (() => void)[] = [];

  private constructor(behaviour: TestServerBehaviour, tls: { caPem: string; cert: string; key: string }) {
    this.behaviour = behaviour;
    this.caPem = tls.caPem;
    const alpn = behaviour.speaksAdit ? { ALPNProtocols: ['adit/1', 'h2'] } : {};
    this.#server = createServer({ cert: tls.cert, key: tls.key, ...alpn }, (socket) => this.#accept(socket));
    this.#server.on('tlsClientError', () => {}); // What clients refuse is tested at the clients.
  }

  static async start(changes: Partial<TestServerBehaviour> = {}): Promise<TestServer> {
    const tls = await (certificate ??= makeTestCertificate());
    const server = new TestServer(
      {
        ...{ speaksAdit: true, beats: true, unbinds: true, authError: '', joinsLegs: true },
        ...{ bindError: () => '', startError: () => '', confirmsRestriction: true },
        ...changes,
      },
      tls,
    );
    await server.listen(0);
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** The live session. */
  get session(): MuxSession {
    const session = this.#sessions.at(-1);
    if (!session) throw new Error('no agent is connected');
    return session;
  }

  /** All that live, oldest first. */
  get sessions(): MuxSession[] {
    return this.#sessions.filter((session) => !session.isClosed);
  }

  /** Resolves when `condition` holds; looked at after each message from the agent. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A visitor's connection to that bind, by the newest connection of the agent unless another is given. */
  visit(bindId: string, proto = 'https', session = this.session): MuxStream {
    const header = { Id: bindId, ClientAddr: '192.0.2.7:51234', Proto: proto, EdgeType: '0', PassthroughTLS: false };
    return session.open(streamTypes.proxy, encodeProxyHeader(header));
  }

  /** Cuts every connection, without a word. */
  cut(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }

  /** No further connections, and none of those there are. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(socket: TLSSocket): void {
    this.sockets.push(socket);
    socket.on('error', () => {}); // Cut connections are part of the tests.
    this.#sessions.push(
      new MuxSession(socket, {
        role: 'server',
        profile: socket.alpnProtocol === 'adit/1' ? aditProfile : ngrokProfile,
        timer: { now: () => Date.now(), after: (ms, then) => cancelOf(setTimeout(then, ms).unref()) },
        onStream: (stream) => void this.#answer(stream).finally(() => this.#notify()),
        onClose: () => this.#notify(),
      }),
    );
  }

  #notify(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  async #answer(stream: MuxStream): Promise<void> {
    stream.on('error', () => {}); // As above.
    if (stream.type === streamTypes.heartbeat) {
      if (this.behaviour.beats) answerHeartbeat(stream, () => this.#notify());
      return;
    }
    const message = await readMessage(stream);
    reply(stream, await this.#replyTo(stream.type, message));
  }

  #replyTo(type: number, message: unknown): object | Promise<object> {
    switch (type) {
      case streamTypes.auth:
        return this.#authenticate(parseAuthRequest(message));
      case streamTypes.bind:
        return this.#bind(parseBindRequest(message));
      case streamTypes.startTunnelWithLabel:
        return this.#start(parseStartTunnelWithLabel(message));
      case streamTypes.unbind:
        this.unbinds.push(parseUnbindRequest(message).Id);
        this.#notify();
        return this.behaviour.unbinds ? {} : new Promise(() => {});
      default:
        return { Error: 'unknown' };
    }
  }

  #authenticate(request: AuthRequest): object {
    const count = this.auths.push(request);
    if (this.behaviour.authError) return { Version: '3', ClientId: '', Error: this.behaviour.authError };
    const extra = { Version: '9.9', Cookie: `cookie-${count}`, AccountName: 'Acme' };
    const isJoined = request.Extra.LegNumber === 0 || this.behaviour.joinsLegs;
    return { Version: '3', ClientId: (isJoined && request.ClientId) || `ts_${count}`, Extra: extra };
  }

  async #start(request: StartTunnelWithLabel): Promise<object> {
    const count = this.starts.push(request) - 1;
    this.#notify();
    const error = await this.behaviour.startError(count);
    return { Id: error === '' ? `lt_${count}` : '', Error: error };
  }

  async #bind(request: BindRequest): Promise<object> {
    const count = this.binds.push(request) - 1;
    this.#notify();
    const error = await this.behaviour.bindError(count);
    const { IPRestriction: restriction, ...rest } = request.Opts;
    const host = rest['Domain'] || `${rest['Subdomain'] || `name-${count}`}.localhost`;
    const kept = restriction && this.behaviour.confirmsRestriction ? { IPRestriction: restriction } : {};
    return {
      Id: request.Id || `ep_${count}`,
      URL: `${request.Proto}://${host}:${this.port}`,
      Proto: request.Proto,
      Opts: { ...rest, ...kept, Domain: host, Hostname: host },
      Extra: { Token: `token-${count}` },
      Error: error,
    };
  }
}

let certificate: ReturnType<typeof makeTestCertificate> | undefined;

function cancelOf(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer);
}

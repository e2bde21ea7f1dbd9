import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectFacts, TlsDemands } from '@adit/policy-kit';
import type { CertificateSource } from '../../domain/certificates.ts';
import type { ClientHello } from './client-hello.ts';

/** Whom a connection goes to once its ClientHello was read. */
export type Service = TlsService | PassthroughService;

/** Gets connections as they came, the ClientHello put back. */
export interface PassthroughService {
  readonly isPassthrough: true;
  /** Owns the socket from here on, errors included. */
  accept(socket: Socket, facts: ConnectFacts): void;
}

/** Gets connections once their handshake is done; says what is offered to them. */
export interface TlsService {
  readonly isPassthrough?: false;
  /**
   * In order of preference. A client that offers only others is refused by TLS (RFC 7301 §3.2); one that offers none
   * is let in. Empty: whatever the client offers is ignored. `first`: the client gets the first that it offers.
   */
  readonly alpnProtocols: readonly string[] | 'first';
  /** Default: the listener's. */
  readonly certificates?: CertificateSource;
  /** What is asked of the handshake: who does not meet it is not handed over. Default: nothing more than of everybody. */
  readonly demands?: TlsDemands | null;
  /** Owns the socket from here on, errors included. */
  accept(socket: TLSSocket, facts: ConnectFacts): void;
}

/**
 * Chooses by what the client says it wants. Answers with the same service again as long as it stands for the same; later
 * when it is not known yet who has the name.
 */
export type TlsClassifier = (hello: ClientHello) => Service | Promise<Service>;

export interface HttpVisitor {
  readonly facts: ConnectFacts;
  readonly alpn: 'h2' | 'http/1.1';
  /** What its handshake was made for. */
  readonly demands: TlsDemands | null;
}

export interface AgentClient {
  readonly facts: ConnectFacts;
  /** Which constants the multiplexer runs with; SDKs of others send no ALPN and get `ngrok` (agent protocol, §3). */
  readonly profile: 'ngrok' | 'adit/1';
}

export type OnHttp = (socket: TLSSocket, visitor: HttpVisitor) => void;

/** Everybody is a visitor. */
export function httpClassifier(onHttp: OnHttp): (hello: ClientHello) => TlsService {
  const service = httpService(onHttp, null);
  return () => service;
}

export function httpService(onHttp: OnHttp, demands: TlsDemands | null): TlsService {
  return {
    alpnProtocols: ['h2', 'http/1.1'],
    demands,
    accept: (socket, facts) =>
      onHttp(socket, { facts, demands, alpn: socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1' }),
  };
}

/** Everybody is an agent. */
export function agentClassifier(onAgent: (socket: TLSSocket, agent: AgentClient) => void): TlsClassifier {
  const service = (profile: AgentClient['profile'], alpnProtocols: string[]): TlsService => ({
    alpnProtocols,
    accept: (socket, facts) => onAgent(socket, { facts, profile }),
  });
  const ours = service('adit/1', ['adit/1']);
  const others = service('ngrok', []);
  return ({ alpnProtocols }) => (alpnProtocols.includes('adit/1') ? ours : others);
}

/**
 * Agents and visitors on one port. An agent offers `adit/1`, or names `connectHost` and offers no protocol of visitors
 * (agent protocol, §3). Everybody else is a visitor.
 *
 * @param options.connectHost Lower case, e.g. `connect.localhost`.
 */
export function sharedClassifier(options: {
  connectHost: string;
  agents: TlsClassifier;
  visitors: TlsClassifier;
}): TlsClassifier {
  return (hello) => (isAgent(hello, options.connectHost) ? options.agents(hello) : options.visitors(hello));
}

function isAgent({ alpnProtocols, serverName }: ClientHello, connectHost: string): boolean {
  if (alpnProtocols.includes('adit/1')) return true;
  return serverName === connectHost && !alpnProtocols.includes('h2') && !alpnProtocols.includes('http/1.1');
}

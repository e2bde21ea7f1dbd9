import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { encodeProxyHeader, encodeProxyProtocol, type MuxProfile, type MuxSession } from '@adit/wire';
import { clientNetwork } from '../../domain/client-network.ts';
import type { Clock } from '../../domain/clock.ts';
import type { EndpointScheme } from '../../domain/endpoint.ts';
import type { Link, StreamRequest } from '../../domain/link.ts';
import type { AgentLimits } from './agent-limits.ts';
import { UnreadGate } from './unread-gate.ts';
import type { HealthRegister } from './upstream-probe-register.ts';
import { VisitorShare } from './visitor-share.ts';

export interface AgentLinkOptions {
  readonly clock: Clock;
  readonly limits: AgentLimits;
  readonly profile: MuxProfile;
  /** Told of every visitor's connection. */
  readonly health: Pick<HealthRegister, 'watch'>;
}

const edgeTypes: Readonly<Record<EndpointScheme, string>> = { tcp: '1', tls: '2', http: '3', https: '3' };

/** The link over one agent session: one stream of the multiplexer for each visitor connection. */
export class AgentLink implements Link {
  readonly kind = 'agent';
  /** The same for labelled tunnels, which are told what kind of edge they serve (agent protocol, §12.2). */
  readonly labelled: Link = {
    kind: 'agent',
    open: (request) => this.#open(request, edgeTypes[request.protocol]),
  };
  readonly #session: MuxSession;
  readonly #options: AgentLinkOptions;
  /** By bind. */
  readonly #gates = new Map<string, UnreadGate>();
  readonly #share: VisitorShare;

  constructor(session: MuxSession, options: AgentLinkOptions) {
    this.#session = session;
    this.#options = options;
    this.#share = new VisitorShare(options.profile.maxServerStreams);
  }

  open(request: StreamRequest): Duplex {
    return this.#open(request, '0');
  }

  /** The session is over. Its open streams are the multiplexer's to end; those that wait for it fail now. */
  close(): void {
    for (const gate of this.#gates.values()) gate.close();
    this.#gates.clear();
  }

  #open(request: StreamRequest, edgeType: string): Duplex {
    const { bindId, visitor, protocol, proxyProtocol = 0, isPassthrough = false } = request;
    const header = encodeProxyHeader({
      Id: bindId,
      ClientAddr: addressAndPort(visitor.clientIp, visitor.clientPort),
      Proto: protocol,
      EdgeType: edgeType,
      PassthroughTLS: isPassthrough,
    });
    // A visitor who had the route before it was withdrawn, mostly to try again what the loss of the session cut.
    if (this.#session.isClosed) throw new AditError(9009);
    const stream = this.#gate(bindId).open(header, clientNetwork(visitor.clientIp));
    this.#options.health.watch(bindId, stream);
    // Behind the head of the stream and before the connection's own bytes (agent protocol, §12.4).
    if (proxyProtocol !== 0) stream.write(encodeProxyProtocol(proxyProtocol, visitor));
    return stream;
  }

  #gate(bindId: string): UnreadGate {
    const known = this.#gates.get(bindId);
    if (known) return known;
    const gate = new UnreadGate({
      ...this.#options,
      session: this.#session,
      share: this.#share,
      onIdle: (idle) => {
        if (this.#gates.get(bindId) === idle) this.#gates.delete(bindId);
      },
    });
    this.#gates.set(bindId, gate);
    return gate;
  }
}

function addressAndPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

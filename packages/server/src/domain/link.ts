import type { Duplex } from 'node:stream';
import type { ConnectFacts } from '@adit/policy-kit';
import type { EndpointScheme, ProxyProtocol } from './endpoint.ts';

/** What an upstream stream is opened for. */
export interface StreamRequest {
  /** The bind (or other owner-side handle) that should serve it. */
  readonly bindId: string;
  readonly visitor: ConnectFacts;
  /** The endpoint's protocol. */
  readonly protocol: EndpointScheme;
  /** The PROXY header that comes first. Default 0: none. */
  readonly proxyProtocol?: ProxyProtocol;
  /** True: the visitor's own TLS is in the stream. Default false. */
  readonly isPassthrough?: boolean;
}

/**
 * The one thing the edge knows about whoever serves an endpoint: it opens byte streams. Agents, dev-tunnel hosts, SSH
 * clients, other nodes, services that the server reaches itself and the console (`local`) implement it.
 */
export interface Link {
  readonly kind: 'agent' | 'cloud' | 'local' | 'static';
  /**
   * True: upgraded streams are not visitors' but belong to whoever is behind the link, who closes them; a server that
   * drains leaves them alone. Default: they are ended, so that their visitors come back somewhere else.
   */
  readonly keepsUpgraded?: boolean;
  /**
   * Opens a byte stream to the upstream for one visitor connection. Returns at once; the caller owns the stream and must
   * end or destroy it. Failures of the upstream arrive as the stream's error: an AditError 8012 (unreachable or refused),
   * 9001 (not accepted in time), 3210 (the agent did not take it in time) or 9005 (link lost).
   *
   * @throws {AditError} 6029: there is nothing behind it. 9009: the link is gone. 3210: the link takes no more streams now.
   */
  open(request: StreamRequest): Duplex;
}

import { connect as dialTcp, isIP, type Socket } from 'node:net';
import { connect as dialTls, TLSSocket } from 'node:tls';
import { lookup } from './loopback.ts';
import type { Upstream } from './upstream.ts';

/** Starts to dial; the events of the socket say what becomes of it. Half-close works in both directions. */
export function dialUpstream(upstream: Upstream): Socket {
  const { host, port } = upstream;
  const target = { host, port, lookup, allowHalfOpen: true };
  if (upstream.protocol === 'http') return dialTcp(target).setNoDelay(true);
  const servername = isIP(host) ? {} : { servername: host };
  const rejectUnauthorized = upstream.verifyCertificate;
  const ALPNProtocols = [upstream.speaks === 'http2' ? 'h2' : 'http/1.1'];
  return dialTls({ ...target, ...servername, ALPNProtocols, rejectUnauthorized }).setNoDelay(true);
}

/**
 * Whether a socket that is ready leads to a service that takes what will be sent. Without TLS nobody can say; a TLS service
 * that chose nothing speaks HTTP/1.1 (RFC 9113 §3.2).
 */
export function speaksAsWanted(socket: Socket, upstream: Upstream): boolean {
  return upstream.speaks === 'http1' || !(socket instanceof TLSSocket) || socket.alpnProtocol === 'h2';
}

/** Emitted once bytes may flow. */
export function readyEvent(upstream: Upstream): 'connect' | 'secureConnect' {
  return upstream.protocol === 'https' ? 'secureConnect' : 'connect';
}

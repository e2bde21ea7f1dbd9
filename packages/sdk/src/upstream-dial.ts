import { connect as dialTcp, isIP, type Socket } from 'node:net';
import { connect as dialTls } from 'node:tls';
import { lookup } from './loopback.ts';
import type { Upstream } from './upstream.ts';

/** Starts to dial; the events of the socket say what becomes of it. Half-close works in both directions. */
export function dialUpstream(upstream: Upstream): Socket {
  const { host, port } = upstream;
  const target = { host, port, lookup, allowHalfOpen: true };
  if (upstream.protocol === 'http') return dialTcp(target).setNoDelay(true);
  const servername = isIP(host) ? {} : { servername: host };
  const rejectUnauthorized = upstream.verifyCertificate;
  return dialTls({ ...target, ...servername, ALPNProtocols: ['http/1.1'], rejectUnauthorized }).setNoDelay(true);
}

/** Emitted once bytes may flow. */
export function readyEvent(upstream: Upstream): 'connect' | 'secureConnect' {
  return upstream.protocol === 'https' ? 'secureConnect' : 'connect';
}

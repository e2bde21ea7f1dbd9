import { connect as dialTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as dialTls, TLSSocket } from 'node:tls';
import { lookup } from '../dial/loopback.ts';
import type { NetworkUpstream } from './upstream.ts';
import { mustBeGood, upstreamContext } from './upstream-trust.ts';

/** Starts to dial, without TLS. Half-close works in both directions. */
export function dialUpstream({ host, port }: NetworkUpstream): Socket {
  return dialTcp({ host, port, lookup, allowHalfOpen: true }).setNoDelay(true);
}

/** Begins TLS on a connected socket, behind what was written to it. */
export function secureUpstream(socket: Socket, upstream: NetworkUpstream): Socket {
  return dialTls({ ...tlsOptions(upstream), socket, host: upstream.host });
}

export function usesTls({ protocol }: NetworkUpstream): boolean {
  return protocol === 'https' || protocol === 'tls';
}

/**
 * Whether a socket that is ready leads to a service that takes what will be sent. Without TLS nobody can say; a TLS service
 * that chose nothing speaks HTTP/1.1 (RFC 9113 §3.2).
 */
export function speaksAsWanted(socket: Socket, upstream: NetworkUpstream): boolean {
  return upstream.speaks === 'http1' || !(socket instanceof TLSSocket) || socket.alpnProtocol === 'h2';
}

function tlsOptions(upstream: NetworkUpstream): ConnectionOptions {
  const { host } = upstream;
  const rejectUnauthorized = mustBeGood(upstream);
  return {
    rejectUnauthorized,
    ...(isIP(host) ? {} : { servername: host }),
    ...alpnOf(upstream),
    ...(rejectUnauthorized && { secureContext: upstreamContext(upstream) }),
  };
}

/** Behind tls:// may be anything: a service that is offered a protocol it does not know would refuse. */
function alpnOf({ protocol, speaks }: NetworkUpstream): Pick<ConnectionOptions, 'ALPNProtocols'> {
  if (speaks === 'http2') return { ALPNProtocols: ['h2'] };
  return protocol === 'https' ? { ALPNProtocols: ['http/1.1'] } : {};
}

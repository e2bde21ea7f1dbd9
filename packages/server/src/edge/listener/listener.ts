import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { AditError } from '@adit/contracts';

/** A bound accepting socket. */
export interface Listener {
  /** As given; where it listens. */
  readonly host: string;
  /** The real one, also when 0 was asked for. */
  readonly port: number;
  /**
   * Stops accepting; the port is free at once. Connections handed over belong to their owners, who drain them.
   * Resolves when nothing more will be handed over.
   */
  close(): Promise<void>;
}

/** Why a connection was closed before it was handed over. */
export type Refusal =
  /** No complete PROXY header in time, from a peer that has to send one. */
  | 'proxy-header-timeout'
  /** The first bytes of such a peer are no PROXY header, or too long a one. */
  | 'proxy-header-invalid'
  /** No complete ClientHello in time. */
  | 'hello-timeout'
  /** The first bytes are no ClientHello. */
  | 'hello-invalid'
  /** Plain HTTP on a TLS port; the client was told. */
  | 'http-on-tls'
  /** The client hung up first. */
  | 'client-gone'
  /** Over `maxHandshakes`, `maxHandshakesPerClient` or `maxPendingProxyHeaders`. */
  | 'too-many-handshakes'
  /** Over `maxConnectionsPerClient`. */
  | 'too-many-connections'
  /** The source of certificates failed; its own notice says why. */
  | 'no-certificate'
  | 'handshake-timeout'
  /** The endpoint wants a certificate of the client's, and there was none, or not a good one. */
  | 'client-certificate'
  /** TLS itself failed: no common version or protocol, the client distrusts the certificate, or a broken record. */
  | 'handshake-failed'
  /** The system could not accept, e.g. out of file descriptors. */
  | 'accept-failed';

export interface RefusedConnection {
  readonly reason: Refusal;
  /** The peer's, until its PROXY header has named the client. Undefined when the system no longer knows. */
  readonly clientIp: string | undefined;
  /** Null as long as no ClientHello was read. */
  readonly serverName: string | null;
  /** Error code of TLS or of the system, e.g. `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`; for logs. */
  readonly errorCode: string | undefined;
}

/** Tells of refused connections, for metrics and debug logs. They are the Internet's weather, not errors of ours. */
export type OnRefused = (refused: RefusedConnection) => void;

/** Where to listen. */
export interface ListenAddress {
  /** An address of this machine, or a name that resolves to one. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** True: beside the server of ours that listens there and is about to go. Default: nobody else may have the port. */
  readonly isShared?: boolean | undefined;
}

/** Whether a server can listen beside the one that it takes the place of; Node offers it where the kernel shares well. */
export const canShareListeners = process.platform === 'linux';

/** @throws {AditError} 9220: the port is taken. 9221: it needs more rights. 9201: the address is not of this machine. */
export async function openSocketListener(
  address: ListenAddress,
  options: {
    backlog: number;
    /** Sockets of HTTP/1 without TLS have to survive a client's FIN; TLS sockets, as in Node's own servers, do not. */
    allowHalfOpen: boolean;
    onSocket(socket: Socket): void;
    onAcceptError(error: NodeJS.ErrnoException): void;
  },
): Promise<{ port: number; stopAccepting(): void }> {
  const { allowHalfOpen, backlog } = options;
  if (canShareListeners && address.port !== 0 && !address.isShared) await refuseTaken(address);
  const server = createServer({ allowHalfOpen, noDelay: true }, (socket) => options.onSocket(socket));
  // Whoever may share the port has to be of the same user.
  await listen(server, { host: address.host, port: address.port, backlog, reusePort: canShareListeners });
  server.on('error', options.onAcceptError);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return { port, stopAccepting: () => void server.close() };
}

/** Somebody who shares a port lets others have it, and would lose visitors to us without a word. */
async function refuseTaken({ host, port }: ListenAddress): Promise<void> {
  const probe = createServer();
  await listen(probe, { host, port });
  const closed = once(probe, 'close');
  probe.close();
  await closed;
}

function listen(server: Server, options: ListenAddress & { backlog?: number; reusePort?: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(error, options));
    server.once('error', onError);
    server.listen(options, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, { host, port }: ListenAddress): AditError {
  const attempt = `Cannot listen on "${isIPv6(host) ? `[${host}]` : host}:${port}"`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return new AditError(9220, `${attempt}: the port is in use`, { cause, details: { host, port } });
    case 'EACCES':
      return new AditError(9221, `${attempt}: the port needs more rights`, { cause, details: { host, port } });
    default:
      return new AditError(9201, `${attempt}: it is not an address of this machine (${cause.code})`, { cause });
  }
}

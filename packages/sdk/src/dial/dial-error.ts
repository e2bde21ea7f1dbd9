import type { TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { ProxyAddress } from './proxy-url.ts';
import type { ServerAddress } from './server-address.ts';

/** Reads what failed from facts of the socket and from error codes, never from texts. */
export function dialError(address: ServerAddress, socket: TLSSocket, cause: NodeJS.ErrnoException): AditError {
  if (cause instanceof AditError) return cause;
  const failed = (code: 9301 | 9302 | 9303, why: string) =>
    new AditError(code, `Cannot connect to "${address.text}": ${why}`, { cause });
  if (socket.authorizationError) return failed(9302, `its certificate is not trusted (${socket.authorizationError})`);
  const code = cause.code ?? '';
  if (code === noProtocolAlert) return failed(9303, 'no agent protocol is served there');
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return failed(9303, 'it does not speak TLS as we do');
  return failed(9301, reasonOf(cause, 'the connection was closed during the TLS handshake'));
}

export function proxyDialError(proxy: ProxyAddress, cause: NodeJS.ErrnoException): AditError {
  const why = reasonOf(cause, 'the connection was closed');
  return new AditError(9320, `Cannot connect through the proxy "${proxy.text}": ${why}`, { cause });
}

export function webSocketError(address: ServerAddress, cause: unknown): AditError {
  if (cause instanceof AditError) return cause;
  return new AditError(9303, `Cannot connect to "${address.text}": it does not speak our protocol over WebSocket`, {
    cause,
  });
}

/** True: the server, or something in the middle, ended the handshake because of the protocol that we offered. */
export function isProtocolRefused(error: unknown): error is AditError {
  if (!(error instanceof AditError) || (error.code !== 9301 && error.code !== 9303)) return false;
  const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === noProtocolAlert || code === 'ECONNRESET' || /^ERR_SSL_.*ALERT_HANDSHAKE_FAILURE$/.test(code);
}

const noProtocolAlert = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';

function reasonOf({ code = 'no code' }: NodeJS.ErrnoException, whenReset: string): string {
  return code === 'ECONNRESET' ? whenReset : (reasons[code] ?? `the connection failed (${code})`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name cannot be resolved now',
  ECONNREFUSED: 'the connection was refused',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
};

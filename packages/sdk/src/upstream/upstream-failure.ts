import { AditError } from '@adit/contracts';
import { isOutOfFiles } from '../out-of-files.ts';
import type { NetworkUpstream } from './upstream.ts';

/** Why a connection to an upstream did not come about. */
export type UpstreamFailure = 'refused' | 'timeout' | 'unreachable' | 'tls' | 'protocol' | 'noFiles';

const reasons: Readonly<Record<UpstreamFailure, string>> = {
  refused: 'the connection was refused',
  timeout: 'no answer',
  unreachable: 'the host cannot be reached',
  tls: 'TLS failed, or its certificate is not trusted',
  protocol: 'it does not speak HTTP/2 over TLS (ALPN "h2")',
  noFiles: 'the agent may open no more files',
};

export function upstreamError({ url }: NetworkUpstream, why: UpstreamFailure): AditError {
  const code = why === 'timeout' ? 9001 : why === 'noFiles' ? 9308 : 8012;
  return new AditError(code, `Cannot reach "${url}": ${reasons[why]}`);
}

/** @param isConnected TCP was up. */
export function failureOf(error: NodeJS.ErrnoException, isConnected: boolean): UpstreamFailure {
  if (isConnected) return error.code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' ? 'protocol' : 'tls';
  if (isOutOfFiles(error)) return 'noFiles';
  if (error.code === 'ECONNREFUSED') return 'refused';
  return error.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

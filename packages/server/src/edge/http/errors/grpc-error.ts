import type { AditError, ErrorKind } from '@adit/contracts';
import type { Exchange } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';
import type { ErrorContext } from './render-error.ts';

// The numbers of gRPC's own table. A client tries again by itself on 14, so only what a later try may mend is 14; after a
// time-out the call may well have been carried out.
const deadlineExceeded = 4;
const permissionDenied = 7;
const resourceExhausted = 8;
const internal = 13;
const unavailable = 14;
const unauthenticated = 16;

const statusByKind: Readonly<Record<ErrorKind, number>> = {
  invalid: internal,
  unauthenticated,
  forbidden: permissionDenied,
  // No endpoint rather than no method: it may come online.
  not_found: unavailable,
  conflict: internal,
  limit_exceeded: resourceExhausted,
  unavailable,
  upstream_failed: unavailable,
  timeout: deadlineExceeded,
  protocol: internal,
  internal,
};

const mediaType = /^application\/grpc(?:$|[+; ])/i;

/** True for a gRPC call: such clients read errors from `grpc-status` only, and only over HTTP/2. */
export function isGrpc({ version, headers }: Pick<Exchange, 'version' | 'headers'>): boolean {
  return version === '2' && mediaType.test(lineValue(headers, 'content-type') ?? '');
}

/** The lines that tell a gRPC client of an error: what would be its trailers stands in the head, and nothing follows. */
export function grpcErrorLines(error: AditError, { requestId }: ErrorContext): string[] {
  const status = String(statusByKind[error.kind]);
  const message = encodeMessage(`${error.row.title} (${error.wireCode}, request id ${requestId})`);
  return ['content-type', 'application/grpc', 'grpc-status', status, 'grpc-message', message];
}

/** As gRPC over HTTP/2 has it: printable ASCII as it is, all other bytes and the percent sign as `%XX`. */
function encodeMessage(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

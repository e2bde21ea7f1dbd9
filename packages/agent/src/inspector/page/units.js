// @ts-check
/** @param {number | null} ms */
export function durationText(ms) {
  if (ms === null) return '…';
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** @param {number} bytes */
export function bytesText(bytes) {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

const grpcNames = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** @param {number} status */
export function grpcText(status) {
  return `${status} ${grpcNames[status] ?? ''}`.trimEnd();
}

/**
 * What stands for the outcome of a request, and how it looks. Never by colour alone.
 *
 * @param {Pick<import('./api.js').Summary, 'status' | 'grpcStatus' | 'state'>} summary
 * @returns {{ text: string, className: string }}
 */
export function outcome({ status, grpcStatus, state }) {
  if (status === null)
    return state === 'pending' ? { text: '…', className: 'quiet' } : { text: 'none', className: 'bad' };
  if (state === 'cut') return { text: `${status} cut`, className: 'bad' };
  // The result of the call, which HTTP takes for a success.
  if (grpcStatus !== null && grpcStatus > 0 && status < 400) return { text: `gRPC ${grpcStatus}`, className: 'bad' };
  return { text: String(status), className: status >= 400 ? 'bad' : status >= 300 ? 'moved' : 'good' };
}

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

/**
 * What stands for the outcome of a request, and how it looks. Never by colour alone.
 *
 * @param {Pick<import('./api.js').Summary, 'status' | 'state'>} summary
 * @returns {{ text: string, className: string }}
 */
export function outcome({ status, state }) {
  if (status === null)
    return state === 'pending' ? { text: '…', className: 'quiet' } : { text: 'none', className: 'bad' };
  if (state === 'cut') return { text: `${status}!`, className: 'bad' };
  return { text: String(status), className: status >= 400 ? 'bad' : status >= 300 ? 'moved' : 'good' };
}

import type { EventEmitter } from 'node:events';

/** Resolves when it is closed, also by an error, for which `once` would reject. */
export function closed(stream: EventEmitter & { readonly closed?: boolean }): Promise<void> {
  return new Promise((resolve) => void (stream.closed ? resolve() : stream.once('close', () => resolve())));
}

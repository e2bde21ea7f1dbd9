import { collector } from './collector.ts';

/**
 * Relayed bytes after which buffers are collected. Each was in two or three buffers on its way, and at 64 MiB of buffers V8
 * marks the whole heap.
 */
const collectEveryBytes = 16 * 1024 * 1024;

/**
 * Collects the buffers that relayed bytes leave behind while they are young. A buffer costs V8's young space a few dozen bytes
 * whatever it holds outside, so at bulk the memory outside grows by hundreds of megabytes before that space is full, and V8
 * answers with collections of the whole heap, which took half of all processor time. Collecting only the young space now and
 * then costs a fraction of a millisecond. Small messages never come that far.
 */
export class YoungMemory {
  readonly #collect: () => void;
  #relayedBytes = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** So many payload bytes went through. */
  note(bytes: number): void {
    this.#relayedBytes += bytes;
    if (this.#relayedBytes < collectEveryBytes) return;
    this.#relayedBytes = 0;
    this.#collect();
  }
}

/** Of this process, for all its sessions. */
export const youngMemory: YoungMemory = new YoungMemory(() => collector()({ type: 'minor' }));

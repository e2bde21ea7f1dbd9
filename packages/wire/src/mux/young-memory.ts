import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

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
export const youngMemory: YoungMemory = new YoungMemory(() => collectYoung());

let collectYoung = (): void => {
  collectYoung = findCollector();
  collectYoung();
};

/** V8 hands its collector to contexts that are made while the flag is set; ours is the only one. */
function findCollector(): () => void {
  try {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
    setFlagsFromString('--no-expose-gc');
    return typeof collect === 'function' ? () => void collect({ type: 'minor' }) : () => {};
  } catch {
    // Another runtime, without V8: it has no such collector, and no need of it.
    return () => {};
  }
}

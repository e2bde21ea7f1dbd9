import { randomBytes } from 'node:crypto';
import { Capture, type CapturedRequestHead, type CaptureMemory, type CaptureOrigin } from './capture.ts';

export interface CaptureStoreOptions {
  readonly maxStoreBytes: number;
  readonly maxBodyBytes: number;
}

/** A capture began, went on or ended (null: everything was cleared). */
export type CaptureListener = (capture: Capture | null) => void;

/** The captures of all endpoints, bounded by what they use of memory: the oldest make room. */
export class CaptureStore {
  readonly #options: CaptureStoreOptions;
  readonly #memory: CaptureMemory;
  readonly #listeners = new Set<CaptureListener>();
  /** From `#first` on in the order they came. No map of ids: one that loses its oldest all the time gets slow. */
  #order: Capture[] = [];
  #first = 0;
  #bytes = 0;
  #begun = 0;

  /** @param idPrefix A page that is still open from another run must not take one capture for another. Default: random. */
  constructor(options: CaptureStoreOptions, idPrefix: string = `${randomBytes(4).toString('hex')}-`) {
    this.#options = options;
    this.#memory = {
      maxBodyBytes: options.maxBodyBytes,
      idOf: (serial) => idPrefix + serial.toString(36),
      claim: (capture, bytes) => this.#claim(capture, bytes),
    };
  }

  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#order.length - this.#first;
  }

  begin(origin: CaptureOrigin, head: CapturedRequestHead, startMs: number): Capture {
    const capture = new Capture(origin, head, { serial: ++this.#begun, startMs, memory: this.#memory });
    this.#order.push(capture);
    this.#bytes += capture.costBytes;
    this.#makeRoom();
    this.changed(capture);
    return capture;
  }

  changed(capture: Capture): void {
    for (const listener of this.#listeners) listener(capture);
  }

  get(id: string): Capture | undefined {
    for (const capture of this.newestFirst()) if (capture.id === id) return capture;
    return undefined;
  }

  *newestFirst(): Generator<Capture> {
    const { length } = this.#order;
    for (let at = length - 1; at >= this.#first; at--) {
      const capture = this.#order[at];
      if (capture) yield capture;
    }
  }

  clear(): void {
    for (const capture of this.newestFirst()) capture.drop();
    this.#order = [];
    this.#first = 0;
    this.#bytes = 0;
    for (const listener of this.#listeners) listener(null);
  }

  /** Answers how to listen no more. A listener must not throw. */
  onChange(listener: CaptureListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #claim(capture: Capture, bytes: number): void {
    if (!capture.isStored) return;
    capture.costBytes += bytes;
    this.#bytes += bytes;
    this.#makeRoom();
  }

  #makeRoom(): void {
    while (this.#bytes > this.#options.maxStoreBytes) {
      const oldest = this.#order[this.#first];
      if (!oldest) return;
      this.#first++;
      this.#bytes -= oldest.costBytes;
      oldest.drop();
    }
    this.#compact();
  }

  #compact(): void {
    if (this.#first < 64 || this.#first < this.#order.length / 2) return;
    this.#order = this.#order.slice(this.#first);
    this.#first = 0;
  }
}

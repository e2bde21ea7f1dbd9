import { Capture, type CapturedRequestHead, type CaptureOrigin } from './capture.ts';

export interface CaptureStoreOptions {
  readonly maxStoreBytes: number;
  readonly maxBodyBytes: number;
}

/** A capture began, went on or ended (null: everything was cleared). */
export type CaptureListener = (capture: Capture | null) => void;

/** The captures of all endpoints, bounded by what they use of memory: the oldest make room. */
export class CaptureStore {
  readonly #options: CaptureStoreOptions;
  readonly #byId = new Map<string, Capture>();
  readonly #listeners = new Set<CaptureListener>();
  /** From `#first` on in the order they came. A map that loses its oldest all the time gets slow. */
  #order: Capture[] = [];
  #first = 0;
  #bytes = 0;

  constructor(options: CaptureStoreOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#byId.size;
  }

  begin(origin: CaptureOrigin, head: CapturedRequestHead, startMs: number): Capture {
    const { maxBodyBytes } = this.#options;
    const claim = (owner: Capture, bytes: number) => this.#claim(owner, bytes);
    const capture = new Capture(origin, head, { startMs, maxBodyBytes, claim });
    this.#order.push(capture);
    this.#byId.set(capture.id, capture);
    this.#bytes += capture.costBytes;
    this.#makeRoom();
    this.changed(capture);
    return capture;
  }

  changed(capture: Capture): void {
    for (const listener of this.#listeners) listener(capture);
  }

  get(id: string): Capture | undefined {
    return this.#byId.get(id);
  }

  *newestFirst(): Generator<Capture> {
    const { length } = this.#order;
    for (let at = length - 1; at >= this.#first; at--) {
      const capture = this.#order[at];
      if (capture) yield capture;
    }
  }

  clear(): void {
    for (const capture of this.#byId.values()) capture.drop();
    this.#byId.clear();
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
      this.#byId.delete(oldest.id);
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

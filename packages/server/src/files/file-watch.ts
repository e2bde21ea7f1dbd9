import { stat } from 'node:fs/promises';
import type { Clock } from '../domain/clock.ts';

export interface FileWatchOptions {
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
}

/**
 * Tells when one of some files is another. It looks again and again, since files are replaced by rename, through symbolic
 * links and on file systems that tell of no change.
 */
export class FileWatch {
  readonly #files: readonly string[];
  readonly #options: FileWatchOptions;
  #state: string;
  #stopWaiting: () => void = () => undefined;
  #isClosed = false;

  private constructor(files: readonly string[], options: FileWatchOptions, state: string) {
    this.#files = files;
    this.#options = options;
    this.#state = state;
  }

  /** Notes how the files are. To be called before they are read: a change in between is then seen at the next look. */
  static async begin(files: readonly string[], options: FileWatchOptions): Promise<FileWatch> {
    return new FileWatch(files, options, await fileState(files));
  }

  /** The next look is after what `onChange` does, which must not reject. */
  follow(onChange: () => Promise<void>): void {
    if (this.#isClosed) return;
    const { clock, intervalMs } = this.#options;
    this.#stopWaiting = clock.after(intervalMs, () => void this.#look(onChange).finally(() => this.follow(onChange)));
  }

  /** Calling twice is harmless. */
  close(): void {
    this.#isClosed = true;
    this.#stopWaiting();
  }

  async #look(onChange: () => Promise<void>): Promise<void> {
    const state = await fileState(this.#files);
    if (state === this.#state) return;
    this.#state = state;
    await onChange();
  }
}

/** Changes when one of the files does. A file that is missing has a state, too. */
async function fileState(files: readonly string[]): Promise<string> {
  const states = files.map(async (file) => {
    const { ino, mtimeNs, size } = await stat(file, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  });
  const settled = await Promise.allSettled(states);
  return settled.map((state) => (state.status === 'fulfilled' ? state.value : 'missing')).join(' ');
}

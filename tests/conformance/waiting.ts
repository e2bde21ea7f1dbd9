/** Long enough for a busy machine; a scenario that waits this long has failed. Milliseconds. */
const patienceMs = 5_000;

/** Something that changes while a scenario waits for it. */
export class Changing {
  readonly #waiting = new Set<() => void>();

  /** Something changed. */
  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /**
   * Resolves with what `read` answers, at once or after a change, unless that is undefined.
   *
   * @throws {Error} With `describe()`, when nothing of it comes; and whatever `read` throws.
   */
  until<T>(read: () => T | undefined, describe: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const check = (): void => {
        try {
          const found = read();
          if (found === undefined) return;
          stop();
          resolve(found);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(describe()));
      }, patienceMs);
      this.#waiting.add(check);
      check();
    });
  }
}

/**
 * Waits for something that other turns of the loop bring about and that nobody tells of.
 *
 * @throws {Error} With `describe()`, when it does not come true.
 */
export async function until(isTrue: () => boolean, describe: () => string): Promise<void> {
  const giveUpMs = Date.now() + patienceMs;
  while (!isTrue()) {
    if (Date.now() > giveUpMs) throw new Error(describe());
    await new Promise((resolve) => setImmediate(resolve));
  }
}

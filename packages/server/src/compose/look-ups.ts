import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';

const retryMs = 1000;

/**
 * Looks things up in the store one after the other, so that nothing which was read earlier is taken for newer: two look-ups at
 * once, on two connections, may be answered in any order. After a failure all of it waits.
 */
export class LookUps {
  readonly #deps: { readonly clock: Clock; readonly log: Pick<Log, 'error'> };
  /** In the order in which they were asked for, each once. */
  readonly #asked = new Map<string, () => Promise<void>>();
  #isBusy = true;
  #isStopped = false;
  #cancelRetry = (): void => {};

  constructor(deps: { clock: Clock; log: Pick<Log, 'error'> }) {
    this.#deps = deps;
  }

  /** Nothing is looked up before; what is asked for meanwhile waits. */
  begin(): void {
    this.#isBusy = false;
    void this.#work();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
    this.#asked.clear();
  }

  /** Once more, even if just now the same is being looked up. */
  ask(what: string, look: () => Promise<void>): void {
    if (this.#isStopped) return;
    this.#asked.set(what, look);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    // Sees what is added on the way, too.
    for (const [what, look] of this.#asked) {
      // Before it is looked up: whoever asks from now on has to be heard again.
      this.#asked.delete(what);
      try {
        await look();
      } catch (error) {
        return this.#tryLater(what, { look, error });
      }
    }
    this.#isBusy = false;
  }

  #tryLater(what: string, { look, error }: { look: () => Promise<void>; error: unknown }): void {
    if (this.#isStopped) return;
    this.#deps.log.error({ err: error, what }, 'Cannot look up what has changed; trying again');
    this.#asked.set(what, look);
    this.#cancelRetry = this.#deps.clock.after(retryMs, () => this.begin());
  }
}

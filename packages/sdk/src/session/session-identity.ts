import type { SessionState, StateFile } from './state-file.ts';

/** What every connection of a session proves: that it belongs to it. Kept in a file where there is one. */
export class SessionIdentity {
  readonly #file: StateFile | undefined;
  #state: SessionState | undefined;

  constructor(file: StateFile | undefined) {
    this.#file = file;
  }

  /** Undefined until the server has let the first connection in, unless an earlier run left its session. */
  get state(): SessionState | undefined {
    return this.#state;
  }

  async load(): Promise<void> {
    this.#state = await this.#file?.load();
  }

  /** The server's last word. A failure to write costs the takeover after a crash, nothing worse. */
  keep(state: SessionState): void {
    this.#state = state;
    this.#file?.save(state).catch(() => {});
  }

  /** The server does not know it (any more). What came in between stays. */
  forget(state: SessionState): void {
    if (this.#state === state) this.#state = undefined;
  }

  /** The session is over. `isOrderly`: there is nothing to take over. */
  async release({ isOrderly }: { isOrderly: boolean }): Promise<void> {
    if (isOrderly) await this.#file?.clear().catch(() => {}); // At worst a useless takeover later.
    this.#file?.release();
  }
}

import { readFileSync } from 'node:fs';
import type { Clock } from '@adit/sdk';
import type { Input } from '../command.ts';
import { defaultViewLimits as limits } from './view-limits.ts';

export type KeySignal = 'SIGINT' | 'SIGTSTP' | 'SIGQUIT';

export interface TerminalKeysOptions {
  readonly stdin: Input;
  readonly clock: Clock;
  /** A key that is no signal. */
  onKey(key: string): void;
  /** What the terminal itself would have made of the key while nobody read it key by key. */
  onSignal(signal: KeySignal): void;
  /** The shell has let us go on after Ctrl-Z. What is on the terminal is the shell's. */
  onResume(): void;
  /** False: a shell runs us in the background, and the terminal is not ours. Default: asks the system. */
  isForeground?: (() => boolean) | undefined;
}

const signals: Readonly<Record<string, KeySignal>> = {
  '\u0003': 'SIGINT',
  '\u001A': 'SIGTSTP',
  '\u001C': 'SIGQUIT',
};

/**
 * Reads a terminal key by key, without echo; the terminal is as before after `stop()`. Ctrl-C, Ctrl-Z and Ctrl-\ do what
 * they always do. In the background nothing is read: a shell would stop the whole process for it.
 */
export class TerminalKeys {
  readonly #options: TerminalKeysOptions;
  #isReading = false;
  #cancelResume: (() => void) | undefined;

  constructor(options: TerminalKeysOptions) {
    this.#options = options;
  }

  /** Answers whether keys are read. */
  start(): boolean {
    const { stdin, isForeground = ownsTerminal } = this.#options;
    if (this.#isReading || !stdin.isTTY || !stdin.setRawMode || !isForeground()) return this.#isReading;
    stdin.setRawMode(true);
    stdin.on('data', this.#onData).resume();
    this.#isReading = true;
    return true;
  }

  stop(): void {
    this.#cancelResume?.();
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#options.stdin.off('data', this.#onData).pause();
    this.#options.stdin.setRawMode?.(false);
  }

  readonly #onData = (typed: Buffer | string): void => {
    // A paste, or keys typed fast, come together; an escape sequence (an arrow key) is none of them.
    const text = typed.toString();
    if (text.startsWith('\u001B') && text.length > 1) return;
    for (const key of text) this.#press(key);
  };

  #press(key: string): void {
    const signal = signals[key];
    if (signal === undefined) return this.#options.onKey(key);
    // From here on the terminal makes signals of keys itself: a second Ctrl-C leaves at once, a shell gets its terminal.
    this.stop();
    this.#options.onSignal(signal);
    if (signal !== 'SIGTSTP') return;
    this.#cancelResume = this.#options.clock.after(limits.resumeAfterMs, () => {
      this.start();
      this.#options.onResume();
    });
  }
}

/** True unless the system says that another job has the terminal. */
function ownsTerminal(): boolean {
  try {
    return isForegroundJob(readFileSync('/proc/self/stat', 'utf8'));
  } catch {
    return true; // Not Linux: what nearly always is so.
  }
}

/** @param stat /proc/<pid>/stat, whose fields 5 and 8 are the process's group and the terminal's (proc(5)). */
export function isForegroundJob(stat: string): boolean {
  // The second field is the program's name in parentheses, and may hold anything: the third is the first behind it.
  const [, , group, , , owner] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === owner;
}

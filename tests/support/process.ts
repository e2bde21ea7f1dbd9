// What system tests share: real processes of the real command on ports and directories of their own. No product code.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const aditCommand = new URL('../../packages/cli/bin/adit.mjs', import.meta.url).pathname;

/** Where agents remember their sessions. */
const stateHome = mkdtempSync(join(tmpdir(), 'adit-test-state-'));
process.on('exit', () => rmSync(stateHome, { recursive: true, force: true }));

/** A running `adit …` with its output at hand. */
export interface AditProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Stdout lines so far. */
  readonly lines: string[];
  readonly stderr: () => string;
  /** Whole lines only: the last may still be on its way. */
  readonly stderrLines: () => string[];
  /** The first stdout line, past or future, for which `match` answers something; rejects when the process ends before. */
  waitFor<T>(match: (line: string) => T | undefined): Promise<T>;
  /** Sends the signal and answers the exit code (null when the signal ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** @param options.under Words before the command, e.g. a tracer and its options. */
export function startAdit(
  args: readonly string[],
  env: Record<string, string> = {},
  options: { under?: readonly string[] } = {},
): AditProcess {
  const [program = '', ...words] = [...(options.under ?? []), process.execPath, aditCommand, ...args];
  const child = spawn(program, words, {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  let isOver = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const wake = (): void => {
    for (const check of [...waiting]) check();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  // Not its exit: what it has said last may come behind that.
  const exited = once(child, 'close').then(([code]) => {
    isOver = true;
    wake();
    return code as number | null;
  });

  const waitFor = <T>(match: (line: string) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      let seen = 0;
      const check = (): void => {
        for (; seen < lines.length; seen++) {
          const found = match(lines[seen] ?? '');
          if (found === undefined) continue;
          waiting.delete(check);
          return resolve(found);
        }
        if (!isOver) return;
        waiting.delete(check);
        reject(
          new Error(`adit ${args[0]} ended (${child.exitCode ?? child.signalCode}):\n${lines.join('\n')}\n${stderr}`),
        );
      };
      waiting.add(check);
      check();
    });

  return {
    child,
    lines,
    stderr: () => stderr,
    stderrLines: () => stderr.split('\n').slice(0, -1),
    waitFor,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
  };
}

/** The developer's own settings must not leak into tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(ADIT|NGROK|NODE_EXTRA|VITEST|XDG_)/.test(name));
  return { ...Object.fromEntries(entries), NO_COLOR: '1', XDG_STATE_HOME: stateHome };
}

import { spawn } from 'node:child_process';
import type { Clock } from '../../domain/clock.ts';

/** How a program ended, and the end of what it printed. */
export interface HookResult {
  /** Completes "it …"; undefined: it ended with code 0. */
  readonly failure: string | undefined;
  readonly output: string;
}

interface RunHookOptions {
  readonly args: readonly string[];
  /** All that it is given of the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly hookMs: number;
  readonly hookOutputBytes: number;
}

/**
 * Runs a program in a process group of its own, which is ended as a whole when time is up or the program has ended: nothing of
 * it is left behind. It reads nothing, and what it prints is kept only as far as it is shown.
 */
export function runHook(file: string, options: RunHookOptions): Promise<HookResult> {
  const { promise, resolve } = Promise.withResolvers<HookResult>();
  const child = spawn(file, options.args, {
    ...{ cwd: '/', env: { ...options.env }, detached: true, shell: false },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = Buffer.alloc(0);
  const keep = (bytes: Buffer): void => {
    output = Buffer.concat([output, bytes]).subarray(-options.hookOutputBytes);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let failure: string | undefined;
  const cancel = options.clock.after(options.hookMs, () => {
    failure = `did not end within ${options.hookMs / 1000} s`;
    endGroup(child.pid);
  });
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= `cannot be run (${error.code ?? error.message})`;
  });
  // Whoever it left behind would hold its output open.
  child.on('exit', () => endGroup(child.pid));
  child.on('close', (code, signal) => {
    cancel();
    failure ??= code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`;
    resolve({ failure, output: output.toString('utf8') });
  });
  return promise;
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}

// The only reader of the process's own environment, streams and signals. Everything else is handed a `CommandIo`.
import process, { exit, stderr, stdout } from 'node:process';
import type { CommandIo } from '../command.ts';

const interruptedExitCode = 130;

/**
 * The real outside world. The first SIGINT, SIGTERM or SIGHUP asks the command to stop, the second leaves at once. A
 * reader of stdout that went away counts as the first. Call once per process.
 */
export function processIo(): CommandIo {
  const interruption = new AbortController();
  const interrupt = () => (interruption.signal.aborted ? exit(interruptedExitCode) : interruption.abort());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  stdout.on('error', () => interruption.abort());
  return { stdout, stderr, env: process.env, interrupted: interruption.signal };
}

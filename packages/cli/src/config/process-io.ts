import type { CommandIo } from '@adit/agent';
import { qrCode } from '../qr-code.ts';

const interruptedExitCode = 130;

/** The part of `process` that is used, so that a test can stand in for it. */
export type Host = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'on' | 'exit'>;

/**
 * The real outside world; nothing else reads the process's environment, streams and signals. The first SIGINT, SIGTERM or
 * SIGHUP asks the command to stop, the second leaves at once. A reader of stdout that went away counts as the first. Call
 * once per process.
 */
export function processIo(host: Host = process): CommandIo {
  const { stdout, stderr, env } = host;
  const interruption = new AbortController();
  const interrupt = () => (interruption.signal.aborted ? host.exit(interruptedExitCode) : interruption.abort());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.on(signal, interrupt);
  stdout.on('error', () => interruption.abort());
  return {
    // Opened by the first that reads it, so that other commands do not hold up a pipe.
    get stdin() {
      return host.stdin;
    },
    stdout,
    stderr,
    env,
    interrupted: interruption.signal,
    drawQr: qrCode,
  };
}

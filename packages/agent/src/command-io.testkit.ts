import { PassThrough } from 'node:stream';
import type { CommandIo } from './command.ts';
import { type RecordedOutput, recordOutput } from './output.testkit.ts';

export interface TestIo extends CommandIo {
  readonly out: RecordedOutput;
  readonly err: RecordedOutput;
  interrupt(): void;
}

/** The outside world of one command, recorded. `input`: what is piped in. */
export function testIo({ env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {}): TestIo {
  const interruption = new AbortController();
  const [out, err] = [recordOutput(), recordOutput()];
  const stdin = new PassThrough();
  stdin.end(input);
  return {
    ...{ stdin, stdout: out.stream, stderr: err.stream, env, out, err },
    interrupted: interruption.signal,
    interrupt: () => interruption.abort(),
  };
}

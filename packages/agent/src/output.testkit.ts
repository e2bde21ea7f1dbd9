import { Writable } from 'node:stream';
import type { Output } from './command.ts';

export interface RecordedOutput {
  readonly stream: Output;
  /** Everything written so far. */
  readonly text: string;
}

/** A place to write to that remembers. */
export function recordOutput(terminal: { isTTY?: boolean; columns?: number } = {}): RecordedOutput {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    stream: Object.assign(stream, terminal),
    get text() {
      return text;
    },
  };
}

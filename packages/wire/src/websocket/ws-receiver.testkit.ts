// The library `ws` as a second opinion about a client's frames. Its receiver has no type, as it is not documented.
import { createRequire } from 'node:module';

interface Receiver {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: 'ping', listener: (data: Buffer) => void): this;
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this;
  _write(chunk: Buffer, encoding: string, done: (error?: Error) => void): void;
}

interface Library {
  readonly Receiver: new (options: { isServer: boolean; allowSynchronousEvents: boolean }) => Receiver;
}

const library = createRequire(import.meta.url)('ws') as Library;

/** What `ws` makes of a client's bytes. */
export interface Opinion {
  /** Of whole messages, text as well. */
  content: Buffer;
  pings: string[];
  closed: readonly [code: number, reason: string] | null;
  /** Empty: nothing is wrong with them. */
  problem: string;
}

export function opinionOf(bytes: Buffer): Opinion {
  const opinion: Opinion = { content: Buffer.alloc(0), pings: [], closed: null, problem: '' };
  const receiver = new library.Receiver({ isServer: true, allowSynchronousEvents: true });
  receiver.on('message', (data) => {
    opinion.content = Buffer.concat([opinion.content, data]);
  });
  receiver.on('ping', (data) => void opinion.pings.push(data.toString('latin1')));
  receiver.on('conclude', (code, reason) => {
    opinion.closed = [code, reason.toString()];
  });
  // Past the stream around it, which would tell of an error in another turn only.
  receiver._write(Buffer.from(bytes), 'buffer', (error) => {
    opinion.problem = error?.message ?? '';
  });
  return opinion;
}

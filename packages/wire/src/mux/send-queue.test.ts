import { describe, expect, it } from 'vitest';
import type { FrameBuffer } from '../frames/frame-buffer.ts';
import type { PayloadSource } from './payload-source.ts';
import { turn } from './raw-peer.testkit.ts';
import { SendQueue } from './send-queue.ts';

type OnWritten = (error?: Error | null) => void;

class HeldSink {
  readonly writes: { bytes: Buffer; onWritten: OnWritten }[] = [];

  write(bytes: Buffer, onWritten: OnWritten): boolean {
    this.writes.push({ bytes, onWritten });
    return true;
  }
  end(): void {}
}

function source(bytes: number): PayloadSource {
  let left = bytes;
  return {
    isUrgent: false,
    isQueued: false,
    reserve: (maxBytes) => {
      const size = Math.min(left, maxBytes);
      left -= size;
      return size;
    },
    putFrame: (frames: FrameBuffer, size) => frames.data(3, 0, Buffer.alloc(size)),
    onSent: () => {},
  };
}

async function writeTwice(canReuseMemory: boolean, finishFirst: (onWritten: OnWritten) => void) {
  const sink = new HeldSink();
  const queue = new SendQueue(sink, {
    maxSendFrameBytes: 64 * 1024,
    sessionWindowBytes: Number.POSITIVE_INFINITY,
    canReuseMemory,
    onOverflow: () => {},
  });
  queue.add(source(50_000));
  await turn();
  const [first] = sink.writes;
  if (first === undefined) throw new Error('Nothing was written');
  finishFirst(first.onWritten);
  queue.add(source(50_000));
  await turn();
  return { first: first.bytes, second: sink.writes[1]?.bytes };
}

describe('SendQueue, memory', () => {
  it.each([
    { what: 'after the write was called back', canReuse: true, finish: (done: OnWritten) => done(), isReused: true },
    { what: 'not before it was', canReuse: true, finish: () => {}, isReused: false },
    { what: 'not after it failed', canReuse: true, finish: (done: OnWritten) => done(new Error()), isReused: false },
    { what: 'never for other transports', canReuse: false, finish: (done: OnWritten) => done(), isReused: false },
  ])('is used again $what', async ({ canReuse, finish, isReused }) => {
    const { first, second } = await writeTwice(canReuse, finish);
    expect(second?.length).toBe(50_008);
    expect(second?.buffer === first.buffer).toBe(isReused);
  });
});

import type { Duplex } from 'node:stream';

interface JoinOptions {
  /** Ends `a` when `b` has failed, in place of destroying it at once. May be called more than once. */
  readonly onFailure?: () => void;
}

/**
 * Carries bytes both ways until both ends are done: each side's end is passed on (half-close), each side reads only as
 * fast as the other writes, and what happens to one side that is not an orderly end destroys the other.
 */
export function joinStreams(a: Duplex, b: Duplex, { onFailure = () => void a.destroy() }: JoinOptions = {}): void {
  carry(a, b, () => b.destroy());
  carry(b, a, onFailure);
}

/** What `pipe` does, without the events and checks that it needs for joining and leaving. */
function carry(from: Duplex, to: Duplex, onFailure: () => void): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  from.on('error', onFailure);
  from.once('close', () => {
    if (!from.readableEnded || !from.writableFinished) onFailure();
  });
  // A stream that was paused before does not begin by itself.
  from.resume();
}

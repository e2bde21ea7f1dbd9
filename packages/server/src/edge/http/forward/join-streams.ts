import type { Duplex } from 'node:stream';

/**
 * Carries bytes both ways until both ends are done: each side's end is passed on (half-close), each side reads only as
 * fast as the other writes, and what happens to one side that is not an orderly end destroys the other.
 */
export function joinStreams(a: Duplex, b: Duplex): void {
  carry(a, b);
  carry(b, a);
}

/** What `pipe` does, without the events and checks that it needs for joining and leaving. */
function carry(from: Duplex, to: Duplex): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  from.on('error', () => to.destroy());
  from.once('close', () => {
    if (!from.readableEnded || !from.writableFinished) to.destroy();
  });
  // A stream that was paused before does not begin by itself.
  from.resume();
}

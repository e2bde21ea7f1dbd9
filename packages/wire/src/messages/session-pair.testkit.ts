import { HandTimer } from '../mux/hand-timer.testkit.ts';
import { memoryPair } from '../mux/memory-pair.testkit.ts';
import { MuxSession } from '../mux/mux-session.ts';
import type { MuxStream } from '../mux/mux-stream.ts';
import { type MuxProfile, ngrokProfile } from '../mux/profiles.ts';

interface SessionPairOptions {
  readonly profile?: MuxProfile;
  split?(bytes: Buffer): Buffer[];
}

/** A server's and a client's session, joined in memory. */
export class SessionPair {
  readonly timer = new HandTimer();
  readonly server: MuxSession;
  readonly client: MuxSession;
  /** What each side does with streams of the other; by default nothing. */
  onServerStream: (stream: MuxStream) => void = () => {};
  onClientStream: (stream: MuxStream) => void = () => {};

  constructor(options: SessionPairOptions = {}) {
    const [left, right] = memoryPair(options.split === undefined ? {} : { split: options.split });
    const shared = { profile: options.profile ?? ngrokProfile, timer: this.timer, onClose: () => {} };
    this.server = new MuxSession(left, {
      ...shared,
      role: 'server',
      onStream: (stream) => this.onServerStream(stream),
    });
    this.client = new MuxSession(right, {
      ...shared,
      role: 'client',
      onStream: (stream) => this.onClientStream(stream),
    });
  }
}

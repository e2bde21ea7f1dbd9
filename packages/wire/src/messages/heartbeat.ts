import type { MuxSession } from '../mux/mux-session.ts';
import type { MuxStream } from '../mux/mux-stream.ts';
import type { MuxTimer } from '../mux/profiles.ts';
import { errorCodes, streamTypes } from '../protocol.ts';
import { readUntil } from './read-until.ts';

export interface HeartbeatOptions {
  /** Between an echo and the next beat. */
  readonly intervalMs: number;
  /** What an echo may take beyond that. */
  readonly toleranceMs: number;
  readonly timer: MuxTimer;
  /** An echo came. */
  onBeat?(roundTripMs: number): void;
  /**
   * Nothing was heard for interval + tolerance, a wrong echo came, or the stream was reset. Called once at most. Whatever the
   * peer sends is a sign of life: on a slow way an echo waits behind payload, which comes all the while.
   */
  onLost(): void;
}

const beatBytes = 4;

/**
 * Echoes the beats of a heartbeat stream that the peer opened, until it ends. `onBeat` is called for each. A peer that
 * sends beats and does not read the echoes is reset.
 */
export function answerHeartbeat(stream: MuxStream, onBeat?: () => void): void {
  let beat = Buffer.alloc(0);
  stream.on('data', (piece: Buffer) => {
    beat = Buffer.concat([beat, piece]);
    while (beat.length >= beatBytes && !stream.destroyed) {
      if (!stream.write(Buffer.from(beat.subarray(0, beatBytes)))) stream.reset(errorCodes.enhanceYourCalm);
      beat = beat.subarray(beatBytes);
      onBeat?.();
    }
  });
  stream.on('end', () => stream.end());
}

/**
 * Opens a heartbeat stream, beats at once and then `intervalMs` after each echo. The answer stops it. It also stops
 * when the session closes, without `onLost`.
 *
 * @throws {AditError} 3200, 3210: see `MuxSession.open`.
 */
export function startHeartbeat(session: MuxSession, options: HeartbeatOptions): () => void {
  const { intervalMs, toleranceMs, timer } = options;
  const stream = session.open(streamTypes.heartbeat);
  let isStopped = false;
  let cancelBeat = () => {};
  let cancelDeadline = () => {};
  const stop = () => {
    isStopped = true;
    cancelBeat();
    cancelDeadline();
    // Never FIN: the Rust client would spin on it (agent protocol, §8).
    stream.reset(errorCodes.streamCancelled);
  };
  const lose = () => {
    if (isStopped) return;
    stop();
    if (!session.isClosed) options.onLost();
  };
  const watch = () => {
    const leftMs = session.heardAtMs + intervalMs + toleranceMs - timer.now();
    if (leftMs <= 0) lose();
    else cancelDeadline = timer.after(leftMs, watch);
  };
  const beat = (number: number) => {
    const sentAt = timer.now();
    roundTrip(stream, number).then((isEchoed) => {
      if (isStopped) return;
      if (!isEchoed) return lose();
      options.onBeat?.(timer.now() - sentAt);
      cancelBeat = timer.after(intervalMs, () => beat(number + 1));
    }, lose);
  };
  watch();
  beat(1);
  return stop;
}

/**
 * Asks the peer for one echo. Answers whether it came in time; false too for a session that is closed.
 *
 * @throws {AditError} 3210: no stream can be opened now, which says nothing about the peer.
 */
export async function probe(session: MuxSession, options: { timeoutMs: number; timer: MuxTimer }): Promise<boolean> {
  if (session.isClosed) return false;
  const stream = session.open(streamTypes.heartbeat);
  const cancel = options.timer.after(options.timeoutMs, () => stream.reset(errorCodes.streamCancelled));
  try {
    return await roundTrip(stream, 1);
  } catch {
    // Reset by the peer, by the session's end or by the timer: no echo.
    return false;
  } finally {
    cancel();
    stream.reset(errorCodes.streamCancelled);
  }
}

/** Sends one beat, in one frame, and answers whether its echo is equal. */
async function roundTrip(stream: MuxStream, number: number): Promise<boolean> {
  const beat = Buffer.alloc(beatBytes);
  beat.writeUInt32BE(number % 0x1_0000_0000);
  stream.write(beat);
  const echo = await readUntil(stream, () => stream.read(beatBytes) ?? undefined);
  return Buffer.isBuffer(echo) && echo.equals(beat);
}

import type { ServerHttp2Session } from 'node:http2';
import type { HeldBudget } from '@adit/wire';
import type { HttpLimits } from '../http-limits.ts';

/** The session of node:http2, as far as windows go. */
export type WindowSession = Pick<
  ServerHttp2Session,
  'destroyed' | 'ping' | 'settings' | 'setLocalWindowSize' | 'pendingSettingsAck'
>;

export interface ReceiveWindowDeps {
  readonly limits: Pick<
    HttpLimits,
    'h2StreamWindowBytes' | 'h2MaxStreamWindowBytes' | 'h2ConnectionWindowBytes' | 'h2MaxHeldBytes'
  >;
  /** Of all connections together. */
  readonly total: Pick<HeldBudget, 'add'>;
  /** This connection holds more than its limit. */
  onTooMuch(): void;
}

const maxSampleGapBytes = 64 * 1024 * 1024;

/**
 * The windows for uploads of one connection.
 *
 * They grow to what the path can carry: a PING goes along with the data, and what comes before its answer is what one
 * round trip takes. Half a window or more, all of it passed on: the window is made four times as large. node:http2 can set
 * the window of all streams of a connection only, by SETTINGS, so that it grows the less the more uploads there are.
 *
 * node:http2 gives a connection's credit back for each byte that arrives, read or not: the connection's window bounds what
 * is on the way, and only the windows of the streams bound what is held. What is held is counted here.
 */
export class ReceiveWindow {
  /** Content received so far. */
  receivedBytes = 0;
  readonly #session: WindowSession;
  readonly #deps: ReceiveWindowDeps;
  #streamBytes: number;
  #uploads = 0;
  #heldBytes = 0;
  #lateBytes = 0;
  #isSampling = false;
  /** An upload of this sample had to wait for its upstream. */
  #hasStalled = false;
  #sampledBody: object | null = null;
  #sampledBytes = 0;
  #nextSampleAt: number;
  #sampleGapBytes: number;

  constructor(session: WindowSession, deps: ReceiveWindowDeps) {
    this.#session = session;
    this.#deps = deps;
    this.#streamBytes = deps.limits.h2StreamWindowBytes;
    this.#sampleGapBytes = this.#streamBytes / 2;
    this.#nextSampleAt = this.#sampleGapBytes;
    session.setLocalWindowSize(deps.limits.h2ConnectionWindowBytes);
  }

  /** The window of each stream. */
  get streamBytes(): number {
    return this.#streamBytes;
  }

  /** What waits here for upstreams. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get uploads(): number {
    return this.#uploads;
  }

  uploadBegan(): void {
    this.#uploads++;
    this.#setStreamWindow(Math.min(this.#streamBytes, this.#maxStreamBytes()));
  }

  /** @param isCut More of it may be on its way. */
  uploadEnded(isCut: boolean): void {
    this.#uploads--;
    if (!isCut) return;
    this.#lateBytes = Math.min(this.#lateBytes + this.#streamBytes, this.#deps.limits.h2ConnectionWindowBytes);
  }

  /** Of `bytes` that belong to nothing, those that cannot be what was on its way when an upload was cut. */
  takeLate(bytes: number): number {
    const late = Math.min(bytes, this.#lateBytes);
    this.#lateBytes -= late;
    return bytes - late;
  }

  /** A piece of `body` arrived. */
  received(bytes: number, body: object): void {
    this.receivedBytes += bytes;
    if (!this.#isSampling && this.receivedBytes >= this.#nextSampleAt) this.#startSample(body);
    else if (body === this.#sampledBody) this.#sampledBytes += bytes;
  }

  /** It could not be passed on. */
  hold(bytes: number): void {
    const { limits, total, onTooMuch } = this.#deps;
    this.#heldBytes += bytes;
    this.#hasStalled = true;
    if (this.#heldBytes > limits.h2MaxHeldBytes) onTooMuch();
    total.add(bytes);
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#deps.total.add(-bytes);
  }

  /** No upload for a while: back to the first sizes. */
  rest(): void {
    this.#setStreamWindow(this.#deps.limits.h2StreamWindowBytes);
  }

  #startSample(body: object): void {
    if (this.#streamBytes >= this.#maxStreamBytes() || this.#session.destroyed) return;
    this.#isSampling = true;
    this.#hasStalled = this.#heldBytes > 0;
    this.#sampledBody = body;
    this.#sampledBytes = 0;
    this.#session.ping(this.#endSample);
  }

  readonly #endSample = (error: Error | null): void => {
    const isFull = this.#sampledBytes * 2 >= this.#streamBytes;
    this.#isSampling = false;
    this.#sampledBody = null;
    if (error) return;
    const before = this.#streamBytes;
    if (isFull && !this.#hasStalled) this.#setStreamWindow(Math.min(before * 4, this.#maxStreamBytes()));
    const hasGrown = this.#streamBytes > before;
    this.#sampleGapBytes = hasGrown ? this.#streamBytes / 2 : Math.min(this.#sampleGapBytes * 2, maxSampleGapBytes);
    this.#nextSampleAt = this.receivedBytes + this.#sampleGapBytes;
  };

  /** So that all uploads together can hold what the connection may, and never less than the first window. */
  #maxStreamBytes(): number {
    const { h2StreamWindowBytes, h2MaxStreamWindowBytes, h2MaxHeldBytes } = this.#deps.limits;
    const share = Math.floor(h2MaxHeldBytes / Math.max(1, this.#uploads));
    return Math.max(h2StreamWindowBytes, Math.min(h2MaxStreamWindowBytes, share));
  }

  #setStreamWindow(bytes: number): void {
    if (bytes === this.#streamBytes || this.#session.destroyed || this.#session.pendingSettingsAck) return;
    this.#streamBytes = bytes;
    this.#session.settings({ initialWindowSize: bytes });
  }
}

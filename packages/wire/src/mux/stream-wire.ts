import type { MuxTimer } from './profiles.ts';

/** What a `MuxStream` needs of the session it belongs to. */
export interface StreamWire {
  /** 0: it was prepared and is not yet on the wire. */
  readonly id: number;
  readonly type: number;
  readonly consumedByPeer: number;
  readonly timer: MuxTimer;
  /** Sends the frame that opens a prepared stream: see `MuxStream.open`. */
  open(first: Uint8Array): void;
  /** The reader wants more. */
  pull(): void;
  /** Something may have been read. */
  settle(): void;
  /** Grants all that was read. */
  grantNow(): void;
  write(batch: readonly Uint8Array[], onWritten: (error?: Error | null) => void): void;
  finish(): void;
  reset(code: number): void;
  /** The stream was destroyed. */
  close(error: Error | null): void;
}

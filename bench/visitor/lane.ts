import type { Size } from '../job.ts';

/** A place in which one exchange happens at a time: a connection, or a stream of an HTTP/2 connection. */
export interface Lane {
  /** One request and its whole answer; or one message and its echo. @returns the bytes of content moved, both ways. */
  exchange(size: Size): Promise<number>;
  close(): void;
}

import { AditError } from '@adit/contracts';
import type { MuxStream } from '../mux/mux-stream.ts';

/**
 * Reads from a stream until `take` has what it wants; the stream is then as free as before for another reader.
 *
 * @param take Called whenever something may be read; reads it and answers the result, or undefined to be called again.
 * @throws {AditError} 9005: the stream ended or failed before. What `take` throws passes. The signal's reason.
 */
export function readUntil<Result>(
  stream: MuxStream,
  take: () => Result | undefined,
  signal?: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      stream.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onEnd);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const onReadable = () => {
      try {
        const result = take();
        if (result !== undefined) settle(() => resolve(result));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onError = (cause: Error) => settle(() => reject(cause instanceof AditError ? cause : lost(cause)));
    const onEnd = () => settle(() => reject(lost(undefined)));
    const onAbort = () => settle(() => reject(signal?.reason));
    if (stream.readableEnded || stream.destroyed) {
      reject(lost(stream.errored ?? undefined));
      return;
    }
    stream.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onEnd);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function lost(cause: Error | undefined): AditError {
  return new AditError(9005, 'Cannot read the message: the stream ended before it', { cause });
}

import { AditError, type ErrorCode } from '@adit/contracts';
import { type MuxStream, readMessage } from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';

/**
 * Reads the JSON object of one request, which must be whole in time.
 *
 * @param options.malformed The code for what cannot be read.
 * @throws {AditError} `malformed`.
 */
export async function readRequest(
  stream: MuxStream,
  options: {
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly malformed: ErrorCode;
  },
): Promise<unknown> {
  const { clock, timeoutMs, maxBytes, malformed } = options;
  const late = new AbortController();
  const cancel = clock.after(timeoutMs, () => {
    late.abort(new AditError(malformed, 'Cannot read the message: it did not arrive in time'));
  });
  try {
    return await readMessage(stream, { maxBytes, signal: late.signal });
  } catch (error) {
    if (!(error instanceof AditError)) throw error;
    throw new AditError(malformed, error.message, { cause: error });
  } finally {
    cancel();
  }
}

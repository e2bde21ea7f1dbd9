import type { IncomingHttpHeaders } from 'node:http';
import { AditError } from '@adit/contracts';

/**
 * For calls whose bodies or answers are secret: nothing of them is kept, not even as a digest, so a repetition could not be told.
 *
 * @throws {AditError} 215: the header is there.
 */
export function refuseIdempotencyKey(headers: IncomingHttpHeaders): void {
  if (headers['idempotency-key'] === undefined) return;
  throw new AditError(215, 'Cannot use the header "Idempotency-Key" here: nothing of this call is kept');
}

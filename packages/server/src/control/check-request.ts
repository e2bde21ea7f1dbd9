import type { IncomingHttpHeaders } from 'node:http';
import { AditError } from '@adit/contracts';

const takesBody = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The rules every call must keep, checked before its body is read.
 *
 * @throws {AditError} 218: another API version. 210: a body that is not JSON. 211: a body where none is taken.
 */
export function checkRequest(method: string, headers: IncomingHttpHeaders): void {
  const version = headers['ngrok-version'];
  if (version !== undefined && version !== '2') throw new AditError(218);
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  // Some clients name the type of a body that they do not send; the framework would look for it.
  if (!hasBody && !takesBody.has(method)) delete headers['content-type'];
  if (!hasBody) return;
  if (!takesBody.has(method)) throw new AditError(211);
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) throw new AditError(210);
}

import { AditError } from '@adit/contracts';
import { requestHeadText } from '@adit/wire';
import type { Capture } from '../capture/capture.ts';
import { headerPairs } from '../show/header-values.ts';
import { restoreLines, restoreTarget } from '../show/restore-redacted.ts';

/** What of a captured request is to be sent differently. */
export interface ReplayEdits {
  readonly method?: string | undefined;
  /** Path and query. A redacted value in it stands for what was captured. */
  readonly path?: string | undefined;
  /** All header lines, name, value, name, value; redacted values as above. Framing is made anew. */
  readonly headers?: readonly string[] | undefined;
  readonly body?: Buffer | undefined;
}

/** About this connection and not about the request, or made anew. */
const connectionHeaders = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'],
  ...['content-length', 'transfer-encoding'],
]);
const bodilessMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);

/**
 * The request as bytes for a new connection to the upstream.
 *
 * @throws {AditError} 9201: it cannot be sent: it asked for another protocol, its body was not kept whole, or an edit is
 *   not valid.
 */
export function replayMessage(capture: Capture, edits: ReplayEdits): Buffer {
  const { head, body } = capture.request;
  if (head.upgrade !== null) throw refused('it asked to switch the protocol');
  if (edits.body === undefined && body.isTruncated) throw refused('only the beginning of its body was kept');
  if (edits.body === undefined && capture.requestEndMs === null) throw refused('its body did not come whole');
  const method = edits.method ?? head.method;
  const target = edits.path === undefined ? head.target : restoreTarget(edits.path, head.target);
  const lines = edits.headers === undefined ? head.headers : restoreLines(edits.headers, head.headers);
  if (target === null || lines === null) throw refused('a redacted value was moved; write the value itself');
  // Another form of target could send a proxy somewhere else.
  if (!target.startsWith('/') && !(target === '*' && method === 'OPTIONS'))
    throw refused('the path must begin with "/"');
  const content = edits.body ?? body.bytes;
  const kept = headerPairs(lines).filter(([name]) => !connectionHeaders.has(name.toLowerCase()));
  if (content.length > 0 || !bodilessMethods.has(method)) kept.push(['Content-Length', String(content.length)]);
  return Buffer.concat([headOf(method, target, kept.flat()), content]);
}

function headOf(method: string, target: string, lines: readonly string[]): Buffer {
  if (method === 'CONNECT') throw refused('the method CONNECT opens tunnels');
  try {
    return Buffer.from(requestHeadText(method, target, lines), 'latin1');
  } catch {
    throw refused('the method, the path or a header has characters that HTTP does not allow');
  }
}

function refused(why: string): AditError {
  return new AditError(9201, `Cannot replay this request: ${why}`);
}

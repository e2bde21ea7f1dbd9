import { AditError } from '@adit/contracts';
import { type HeaderLines, requestHeadText } from '@adit/wire';
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

/** A request that may be sent: checked, and without what is about its connection. */
export interface ReplayRequest {
  readonly version: Capture['request']['head']['version'];
  readonly scheme: string;
  readonly method: string;
  readonly target: string;
  readonly lines: HeaderLines;
  readonly content: Buffer;
}

/** About this connection and not about the request, or made anew. */
const connectionHeaders = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'],
  ...['content-length', 'transfer-encoding'],
]);
const bodilessMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);

/**
 * The request for a new connection to the upstream.
 *
 * @throws {AditError} 9201: it cannot be sent: it asked for another protocol, its body was not kept whole, or an edit is
 *   not valid.
 */
export function replayRequest(capture: Capture, edits: ReplayEdits): ReplayRequest {
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
  const { version, scheme = 'http' } = head;
  const content = edits.body ?? body.bytes;
  return { version, scheme, method, target, lines: linesFor({ method, lines, version, content }), content };
}

function linesFor({
  method,
  lines,
  version,
  content,
}: Pick<ReplayRequest, 'method' | 'lines' | 'version' | 'content'>): string[] {
  const isKept = ([name, value]: [string, string]) =>
    !connectionHeaders.has(name.toLowerCase()) || (version === '2' && name === 'te' && value === 'trailers');
  const kept = headerPairs(lines).filter(isKept);
  // HTTP/2 has frames for that, and a stream of messages has no length.
  const hasLength = version !== '2' && (content.length > 0 || !bodilessMethods.has(method));
  if (hasLength) kept.push(['Content-Length', String(content.length)]);
  return kept.flat();
}

/**
 * The request in HTTP/1.1.
 *
 * @throws {AditError} 9201: it has characters that HTTP does not allow.
 */
export function http1Message({ method, target, lines, content }: ReplayRequest): Buffer {
  return Buffer.concat([Buffer.from(headText(method, target, lines), 'latin1'), content]);
}

/**
 * The header lines of the request in HTTP/2, the pseudo-headers first.
 *
 * @throws {AditError} As above.
 */
export function http2Lines({ scheme, method, target, lines }: ReplayRequest): string[] {
  headText(method, target, lines);
  const pairs = headerPairs(lines).map(([name, value]) => [name.toLowerCase(), value] as const);
  const host = pairs.findIndex(([name]) => name === 'host');
  const authority = pairs[host]?.[1] ?? '';
  const pseudo = [':method', method, ':scheme', scheme, ':authority', authority, ':path', target];
  return [...pseudo, ...pairs.filter((_pair, at) => at !== host).flat()];
}

function headText(method: string, target: string, lines: readonly string[]): string {
  if (method === 'CONNECT') throw refused('the method CONNECT opens tunnels');
  try {
    return requestHeadText(method, target, lines);
  } catch {
    throw refused('the method, the path or a header has characters that HTTP does not allow');
  }
}

function refused(why: string): AditError {
  return new AditError(9201, `Cannot replay this request: ${why}`);
}

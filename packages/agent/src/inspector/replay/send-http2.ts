import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { AditError } from '@adit/contracts';

export interface Http2Request {
  /** Pseudo-headers first. */
  readonly lines: readonly string[];
  readonly content: Buffer;
}

/**
 * Sends one request over a connection to an HTTP/2 upstream that nobody has used yet, and takes what is answered. The
 * runtime speaks HTTP/2 to a pair of streams, so that what passes can be seen.
 *
 * @param see Told of all bytes that are sent.
 * @throws {AditError} 9201: the headers are not allowed in HTTP/2; the connection is closed then.
 */
export function sendHttp2(request: Http2Request, upstream: Duplex, see: (bytes: Buffer) => void): void {
  const [near, far] = duplexPair();
  far.on('data', (bytes: Buffer) => {
    see(bytes);
    upstream.write(bytes);
  });
  upstream.on('data', (bytes: Buffer) => void far.write(bytes));
  const session = connect('http://upstream', { createConnection: () => near, settings: { enablePush: false } });
  const end = () => upstream.destroy();
  session.on('error', end).once('close', end);
  upstream.once('close', () => {
    session.destroy();
    far.destroy();
  });
  const stream = beginRequest(session, request);
  // What is answered is read where the bytes pass.
  stream.on('error', () => {}).resume();
}

function beginRequest(session: ClientHttp2Session, { lines, content }: Http2Request): ClientHttp2Stream {
  try {
    const stream = session.request(lines, { endStream: content.length === 0 });
    return content.length > 0 ? stream.end(content) : stream;
  } catch (cause) {
    session.destroy();
    throw new AditError(9201, 'Cannot replay this request: its headers are not allowed in HTTP/2', { cause });
  }
}

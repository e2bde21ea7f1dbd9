import { constants } from 'node:http2';
import { AditError } from '@adit/contracts';

// What the upstream did wrong: nghttp2 resets a stream, or ends the connection, with the same code that it would be told.
const itsFault: ReadonlySet<number> = new Set([
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_SETTINGS_TIMEOUT,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
  constants.NGHTTP2_COMPRESSION_ERROR,
  constants.NGHTTP2_ENHANCE_YOUR_CALM,
  constants.NGHTTP2_HTTP_1_1_REQUIRED,
]);

// nghttp2 could not go on with what came, or the node:http2 above it did not want to.
const unreadable: ReadonlySet<string> = new Set(['ERR_HTTP2_ERROR', 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES']);

/**
 * The row of the error table for a stream that closed before its answer was whole.
 *
 * @param error What the stream was destroyed with: the link's own, node:http2's, or null.
 * @param rstCode Of the RST_STREAM, received or sent.
 * @param isHttp2 True if the upstream has shown, by its SETTINGS, that it speaks HTTP/2.
 */
export function http2Failure(error: Error | null, rstCode: number, isHttp2: boolean): AditError {
  if (error instanceof AditError) return error;
  const options = error === null ? {} : { cause: error };
  const code = error !== null && 'code' in error ? String(error.code) : '';
  if (!isHttp2 || unreadable.has(code)) return notHttp2(options);
  // Its GOAWAY says what it thinks of us.
  if (code === 'ERR_HTTP2_SESSION_ERROR') return new AditError(9005, undefined, options);
  return new AditError(itsFault.has(rstCode) ? 3004 : 9005, undefined, options);
}

function notHttp2(options: { cause?: Error }): AditError {
  return new AditError(3004, 'Cannot read the answer of the service: it is not HTTP/2', options);
}

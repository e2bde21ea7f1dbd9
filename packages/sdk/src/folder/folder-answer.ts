import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { OpenFile } from './folder-open.ts';
import { preconditionStatus, type Validators } from './folder-preconditions.ts';
import { type ByteRange, readRange } from './folder-range.ts';
import { contentTypeOf } from './folder-types.ts';

/** Answers with a file, or the part that was asked for. The handle stays open. */
export async function answerFile(request: IncomingMessage, response: ServerResponse, file: OpenFile): Promise<void> {
  const validators = validatorsOf(file);
  const status = preconditionStatus(request.headers, validators);
  response.setHeader('etag', validators.etag);
  response.setHeader('last-modified', new Date(validators.modifiedMs).toUTCString());
  // Files that somebody works on: stored, but asked about each time.
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('accept-ranges', 'bytes');
  if (status !== null) return void response.writeHead(status).end();
  const range = request.method === 'GET' ? readRange(request.headers, validators, file.size) : null;
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${file.size}`, 'content-length': 0 });
    return void response.end();
  }
  if (range) response.setHeader('content-range', `bytes ${range.first}-${range.last}/${file.size}`);
  const part = range ?? { first: 0, last: file.size - 1 };
  const length = part.last - part.first + 1;
  response.writeHead(range ? 206 : 200, {
    'content-type': contentTypeOf(extname(file.name)),
    'content-length': length,
  });
  if (request.method === 'HEAD' || length === 0) return void response.end();
  await send(file, part, response);
}

/** Streams, as fast as the visitor reads. A file that has become shorter meanwhile breaks the answer off. */
async function send({ handle }: OpenFile, { first, last }: ByteRange, response: ServerResponse): Promise<void> {
  const stream = handle.createReadStream({ start: first, end: last, autoClose: false });
  await pipeline(stream, response, { end: false });
  if (stream.bytesRead === last - first + 1) response.end();
  else response.destroy();
}

/** Size and time of the last change to the nanosecond: what a build rewrites gets another one. */
function validatorsOf({ size, modifiedNs }: OpenFile): Validators {
  // HTTP dates have whole seconds.
  const modifiedMs = Number(modifiedNs / 1_000_000_000n) * 1_000;
  return { etag: `"${size.toString(36)}-${modifiedNs.toString(36)}"`, modifiedMs };
}

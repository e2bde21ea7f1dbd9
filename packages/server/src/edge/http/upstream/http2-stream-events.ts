import type { ClientHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { HeaderLines } from '../exchange.ts';

/** Whoever a stream of node:http2 tells what comes. Nothing comes after `receiveClose`. */
export interface Http2StreamOwner {
  receiveInterim(status: number, lines: HeaderLines): void;
  /** @param flags Of the HEADERS frame. */
  receiveAnswer(status: number, lines: HeaderLines, flags: number): void;
  receiveBody(piece: Buffer): void;
  /** A piece of content waits here, as its reader has paused. */
  noteHeld(bytes: number): void;
  receiveTrailers(lines: HeaderLines): void;
  /** END_STREAM has come; what came before it may still have to be read. */
  noteEnd(): void;
  /** All that can be read has been read: the whole answer if `noteEnd` was called, else what came before a reset. */
  receiveEnd(): void;
  receiveDrain(): void;
  receiveError(error: Error): void;
  receiveClose(): void;
  /** All content is sent. Only for requests that wait for trailers. */
  sendTrailers(): void;
}

/** The stream knows its owner, so that listeners are shared functions and not made anew for each request. */
const ownerOf = Symbol('owner');
interface OwnedStream extends ClientHttp2Stream {
  [ownerOf]?: Http2StreamOwner;
}

/** Names who is told. Content waits for `readStream`. */
export function ownStream(stream: OwnedStream, owner: Http2StreamOwner): void {
  stream[ownerOf] = owner;
  stream.push = pushAndNote;
  stream
    .on('headers', onHeaders)
    .on('response', onResponse)
    .on('trailers', onTrailers)
    .on('wantTrailers', onWantTrailers);
  stream.on('drain', onDrain).on('error', onError).on('close', onClose);
}

/** Lets content come. Once. */
export function readStream(stream: ClientHttp2Stream): void {
  stream.on('data', onData).on('end', onEnd);
}

function pushAndNote(this: OwnedStream, piece: Buffer | null): boolean {
  // A reset marks the stream as closed before it ends what can be read.
  if (piece === null && !this.closed) this[ownerOf]?.noteEnd();
  const before = this.readableLength;
  const wantsMore = Readable.prototype.push.call(this, piece);
  if (piece !== null && this.readableLength > before) this[ownerOf]?.noteHeld(piece.length);
  return wantsMore;
}

/** What node:http2 tells of a head; the type declarations lack the lines as they came. */
type HeadEvent = [fields: { ':status'?: number }, flags: number, lines?: string[]];

function onHeaders(this: OwnedStream, ...[fields, , lines = []]: HeadEvent): void {
  this[ownerOf]?.receiveInterim(fields[':status'] ?? 0, withoutStatus(lines));
}

function onResponse(this: OwnedStream, ...[fields, flags, lines = []]: HeadEvent): void {
  this[ownerOf]?.receiveAnswer(fields[':status'] ?? 0, withoutStatus(lines), flags);
}

function onTrailers(this: OwnedStream, ...[, , lines = []]: HeadEvent): void {
  this[ownerOf]?.receiveTrailers(lines);
}

function onData(this: OwnedStream, chunk: Buffer): void {
  this[ownerOf]?.receiveBody(chunk);
}

function onEnd(this: OwnedStream): void {
  this[ownerOf]?.receiveEnd();
}

function onDrain(this: OwnedStream): void {
  this[ownerOf]?.receiveDrain();
}

function onError(this: OwnedStream, error: Error): void {
  this[ownerOf]?.receiveError(error);
}

function onClose(this: OwnedStream): void {
  this[ownerOf]?.receiveClose();
}

function onWantTrailers(this: OwnedStream): void {
  this[ownerOf]?.sendTrailers();
}

/** nghttp2 lets `:status` through only as the first line, and no other pseudo header. */
function withoutStatus(lines: string[]): string[] {
  return lines.slice(2);
}

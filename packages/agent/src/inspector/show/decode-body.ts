import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { HeaderLines } from '@adit/wire';
import { headerValues } from './header-values.ts';

export interface DecodedBody {
  readonly bytes: Buffer;
  /** In the order they were applied. */
  readonly codings: readonly string[];
  /** More would have come, but that is all that is shown. */
  readonly isTruncated: boolean;
  /** Why `bytes` are not, or not all of, the decoded content; null if they are. */
  readonly problem: string | null;
}

export interface DecodeLimits {
  readonly maxDecodedBytes: number;
  readonly maxCodings: number;
}

/**
 * Undoes the content codings of a body (RFC 9110 §8.4) for people to see. Never holds more than the limit, whatever a
 * few compressed bytes claim to be; of a broken or truncated body it answers what could be decoded.
 */
export async function decodeBody(bytes: Buffer, headers: HeaderLines, limits: DecodeLimits): Promise<DecodedBody> {
  const codings = contentCodings(headers);
  const decoded = { bytes, codings, isTruncated: false, problem: null };
  if (bytes.length === 0) return decoded;
  if (codings.length > limits.maxCodings) return { ...decoded, problem: 'too many content codings' };
  let current: DecodedBody = decoded;
  for (const coding of codings.toReversed()) {
    const decoder = makeDecoder(coding, current.bytes);
    if (!decoder) return { ...current, problem: 'the content coding is unknown' };
    const { output, isTruncated, isBroken } = await run(decoder, current.bytes, limits.maxDecodedBytes);
    const problem = isBroken ? 'the compressed content is broken or incomplete' : current.problem;
    current = { ...current, bytes: output, isTruncated: isTruncated || current.isTruncated, problem };
  }
  return current;
}

function contentCodings(headers: HeaderLines): string[] {
  const members = headerValues(headers, 'content-encoding').flatMap((value) => value.toLowerCase().split(','));
  return members.map((member) => member.trim()).filter((member) => member !== '' && member !== 'identity');
}

function makeDecoder(coding: string, bytes: Buffer): Transform | null {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case 'deflate':
      // Meant is the zlib format, but many servers send it bare.
      return ((bytes[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return null;
  }
}

interface Run {
  readonly output: Buffer;
  readonly isTruncated: boolean;
  readonly isBroken: boolean;
}

async function run(decoder: Transform, bytes: Buffer, maxBytes: number): Promise<Run> {
  const pieces: Buffer[] = [];
  let length = 0;
  decoder.end(bytes);
  try {
    for await (const piece of decoder as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) return { output: Buffer.concat(pieces, maxBytes), isTruncated: true, isBroken: false };
    }
    return { output: Buffer.concat(pieces), isTruncated: false, isBroken: false };
  } catch {
    return { output: Buffer.concat(pieces), isTruncated: false, isBroken: true };
  }
}

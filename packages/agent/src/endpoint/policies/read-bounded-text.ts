import { isUtf8 } from 'node:buffer';

/**
 * All of a source as text.
 *
 * @throws {RangeError} It is longer than `maxBytes`; the source is closed. {TypeError} It is not UTF-8. What the source throws.
 */
export async function readBoundedText(source: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`it is longer than ${maxBytes.toLocaleString('en')} bytes`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new TypeError('it is not text in UTF-8');
  return bytes.toString('utf8');
}

import type { HeaderLines } from './message.ts';
import { statusWords } from './status-words.ts';

// Lines come from readers that checked them, and also from HTTP/2 and from policies. What would split a message, or be
// read as another one than was meant, is our own mistake and is thrown here, before a byte leaves. The finished text is
// looked at once, as a whole: that takes a third of the time that looking at each part takes.
const line = "(?:[-!#$%&'*+.^_`|~0-9A-Za-z]+: [\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n)*";
const requestShape = new RegExp(`^[-!#$%&'*+.^_\`|~0-9A-Za-z]+ [!-"$-~]+ HTTP/1\\.1\\r\\n${line}\\r\\n$`);
const answerShape = new RegExp(`^HTTP/1\\.1 [1-5]\\d\\d [\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n${line}\\r\\n$`);
const lastChunkShape = new RegExp(`^0\\r\\n${line}\\r\\n$`);

/** What follows the data of a chunk. */
export const chunkEnd = '\r\n';

/**
 * The head of a request, to be written as latin1. Framing lines are the caller's.
 *
 * @throws {TypeError} Method, path, a name or a value has characters that HTTP/1.1 has no place for.
 */
export function requestHeadText(method: string, path: string, headers: HeaderLines): string {
  return checked(`${method} ${path} HTTP/1.1\r\n${linesText(headers)}\r\n`, requestShape, headers);
}

/**
 * The head of an answer, always of HTTP/1.1, to be written as latin1. Framing lines are the caller's.
 *
 * @param reason Null: the usual words for the status.
 * @throws {TypeError} The status is not 100 to 599; the reason, a name or a value has characters that HTTP/1.1 has no
 *   place for.
 */
export function answerHeadText(status: number, reason: string | null, headers: HeaderLines): string {
  const words = reason ?? statusWords.get(status) ?? '';
  return checked(`HTTP/1.1 ${status} ${words}\r\n${linesText(headers)}\r\n`, answerShape, headers);
}

/**
 * The line before the data of a chunk.
 *
 * @throws {RangeError} There is no data: such a chunk would be the last.
 */
export function chunkHead(bytes: number): string {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new RangeError(`Cannot write a chunk of ${bytes} bytes`);
  return `${bytes.toString(16)}\r\n`;
}

/**
 * What ends chunked content, to be written as latin1.
 *
 * @throws {TypeError} A name or a value has characters that HTTP/1.1 has no place for.
 */
export function lastChunk(trailers: HeaderLines): string {
  if (trailers.length === 0) return '0\r\n\r\n';
  return checked(`0\r\n${linesText(trailers)}\r\n`, lastChunkShape, trailers);
}

function linesText(headers: HeaderLines): string {
  let text = '';
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    // The only character by which a name could end early and still have the shape of a line.
    if (name.includes(':')) throw new TypeError('Cannot write a header: colon in its name');
    text += `${name}: ${headers[at + 1] ?? ''}\r\n`;
  }
  return text;
}

/** A text of good shape with one line for each header has no line that was smuggled in. */
function checked(text: string, shape: RegExp, headers: HeaderLines): string {
  const expected = headers.length / 2 + 2;
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  if (lines !== expected || !shape.test(text))
    throw new TypeError('Cannot write an HTTP message: bad head or trailers');
  return text;
}

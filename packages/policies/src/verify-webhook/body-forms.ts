import { isUtf8 } from 'node:buffer';

const [quote, backslash] = [0x22, 0x5c];
const whitespace = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** A form of JSON that some providers sign though they send another. It means the same, so either is good. */
export type OtherBody = 'compact' | 'escaped';

/** Makes that form; empty: there is none. */
export const otherBodies: Readonly<Record<OtherBody, (body: Uint8Array) => Uint8Array[]>> = {
  compact: (body) => [compactJson(body)],
  escaped: (body) => (isUtf8(body) ? [escapedJson(body)] : []),
};

/** JSON text without the white space between its tokens; everything else stays byte for byte. */
function compactJson(text: Uint8Array): Uint8Array {
  const compact = Buffer.allocUnsafe(text.length);
  let length = 0;
  let isInString = false;
  let isEscaped = false;
  for (const byte of text) {
    if (!isInString && whitespace.has(byte)) continue;
    compact[length++] = byte;
    if (byte === quote && !isEscaped) isInString = !isInString;
    isEscaped = isInString && byte === backslash && !isEscaped;
  }
  return compact.subarray(0, length);
}

/** JSON text with `\uXXXX` for all that is not ASCII, and `\/` for `/`. */
function escapedJson(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString();
  const ascii = text.replaceAll(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Buffer.from(ascii.replaceAll(/(?<!\\)\//g, '\\/'));
}

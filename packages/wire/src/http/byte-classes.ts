/** Tables over all 256 bytes: 1 where the byte belongs to the class. */
function byteClass(belongs: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (belongs(byte) ? 1 : 0));
}

function among(text: string): (byte: number) => boolean {
  return (byte) => text.includes(String.fromCharCode(byte));
}

const alphanumeric = among('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
const tokenSign = among("!#$%&'*+-.^_`|~");
const authoritySign = among("-._~!$&'()*+,;=:%[]");

/** Method, field name, protocol name, name of a chunk extension (RFC 9110 §5.6.2). */
export const tokenBytes = byteClass((byte) => alphanumeric(byte) || tokenSign(byte));

/** Field value, reason, quoted text: everything but control bytes; tab is none (RFC 9110 §5.5). */
export const textBytes = byteClass((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** Request target: the visible bytes without `#`, which no target has (RFC 9112 §3.2). */
export const targetBytes = byteClass((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23);

/** Host and port in absolute-form. No `@`: user information there is to be refused (RFC 9110 §4.2.4). */
export const authorityBytes = byteClass((byte) => alphanumeric(byte) || authoritySign(byte));

/** The value of a hexadecimal digit; 255 for every other byte. */
export const hexValues = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return value === -1 ? 255 : value;
});

/** Where the run of allowed bytes that begins at `from` ends. */
export function skip(bytes: Uint8Array, from: number, allowed: Uint8Array): number {
  let at = from;
  while (allowed[bytes[at] ?? 0] === 1) at++;
  return at;
}

/** Space or tab (RFC 9110 §5.6.3). */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

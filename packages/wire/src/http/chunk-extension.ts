import { textBytes, tokenBytes } from './byte-classes.ts';

/** States of a chunk extension that others ask for. The numbers are those of the table below. */
export const extensionStates = Object.freeze({ start: 0, end: 7, bad: 8 });

/** Kinds of bytes: columns of the table below. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const sign = ';="\\\r'.indexOf(String.fromCharCode(byte));
  if (sign !== -1) return sign + 1;
  if (tokenBytes[byte] === 1) return 0;
  return textBytes[byte] === 1 ? 6 : 7;
});

/** A row for each state, a column for each kind of byte, in it the state that follows. */
const rows = [
  // token, semicolon, equals, quote, backslash, CR, other text, what may not be there
  '18888888', // 0: behind the semicolon
  '10288788', // 1: in the name
  '38848888', // 2: behind the equals sign
  '30888788', // 3: in the value
  '44465848', // 4: in a quoted value
  '44444848', // 5: behind its backslash
  '80888788', // 6: behind its end
];
const columns = 8;
const table = Uint8Array.from(rows.join(''), Number);

/** The state behind one more byte, from any state but `end` and `bad` (RFC 9112 §7.1.1, without optional whitespace). */
export function nextExtensionState(state: number, byte: number): number {
  return table[state * columns + (kinds[byte] ?? 0)] ?? extensionStates.bad;
}

/** Unicode's simple case mapping, one character for one, as elsewhere in CEL: JavaScript's own may make two of one. */
export function lower(text: string): string {
  return simply(text, (char) => char.toLowerCase());
}

export function upper(text: string): string {
  return simply(text, (char) => char.toUpperCase());
}

function simply(text: string, change: (text: string) => string): string {
  const changed = change(text);
  if (changed.length === text.length) return changed;
  return Array.from(text, (char) => {
    const one = Array.from(change(char));
    // Dotted capital I is the one whose lower case is a letter and a mark; upper cases of several letters are left alone.
    return one.length === 1 || char === '\u0130' ? one[0] : char;
  }).join('');
}

/** Changes the 26 letters of ASCII and nothing else. */
export function mapAscii(text: string, to: 'lower' | 'upper'): string {
  return to === 'lower'
    ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

const escapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** In double quotes; half a surrogate pair becomes U+FFFD. */
export function quote(text: string): string {
  return `"${text.toWellFormed().replace(/[\p{Cc}\\"]/gu, (char) => escapes[char] ?? char)}"`;
}

/** Takes away what is not to be shown. */
export type Hide = (text: string) => string;

/** Our own secrets, however much of one is there. */
const ownSecret = /\badit_(at|ak)_[A-Za-z0-9_-]+/g;
/** User and password in a URL (RFC 3986 §3.2.1). */
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi;
/** A shorter one is no secret, and would blot out half of every sentence. */
const minSecretChars = 8;

/** Makes a `Hide` for all secrets of ours, those of URLs, and the ones that are in the list whenever it is used. */
export function hideSecrets(secrets: readonly string[]): Hide {
  return (text) =>
    secrets
      .filter((secret) => secret.length >= minSecretChars)
      .sort((a, b) => b.length - a.length)
      .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
      .replace(ownSecret, 'adit_$1_[redacted]')
      .replace(userInfo, '$1[redacted]@');
}

/**
 * Control characters, and those that turn the direction of text round: visitors choose paths, and must not write on the
 * user's terminal.
 */
const unsafe = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** One line of text that a terminal only shows. */
export function plainText(text: string): string {
  return text.replace(unsafe, '?');
}

/** The same for quoted texts: `\u001b`. */
export function escapeUnsafe(text: string): string {
  return text.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Query and fragment of a path may hold secrets. */
export function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|^\p{Emoji_Presentation}/u;
const parts = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of parts.segment(text)) width += widthOfPart(segment);
  return width;
}

/** What of a text fits into so many columns; a cut is shown by `…`. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const { segment } of parts.segment(text)) {
    width += widthOfPart(segment);
    if (width > columns) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
}

function widthOfPart(segment: string): number {
  return wide.test(segment) ? 2 : 1;
}

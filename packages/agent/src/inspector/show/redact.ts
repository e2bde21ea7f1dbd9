import type { HeaderLines } from '@adit/wire';

/** What stands in the place of a secret. */
export const redactionMark = '[redacted]';

const cookieHeaders = new Set(['cookie', 'set-cookie']);
const schemeHeaders = new Set(['authorization', 'proxy-authorization']);
const urlHeaders = new Set(['location', 'content-location', 'referer', 'refresh', 'link']);
const secretName =
  /(?:^|[-_.])(?:x?auth|token|secret|passw(?:or)?d|pwd|api-?_?key|credentials?|jwt|session(?:-?_?id)?|sid)(?:$|[-_.])/;
const secretParameter =
  /(?:token|secret|passw|pwd|api_?-?key|apikey|signature|credential|session|jwt|^code$|^state$|^sig$|^auth$|^key$)/;
/** JSON web tokens, and keys that say themselves what they are. */
const secretShape = /^(?:eyJ[\w-]+\.[\w-]|(?:sk|pk|rk|gh[pousr]|adit|xox[a-z]|glpat|npm)[_-]\w{4})/;
const longWord = /^(?=[^A-Za-z]*[A-Za-z])(?=\D*\d)[\w-]{32,}$/;
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The value of a header with what gives access taken out: kept are cookie names, the scheme, the rest of a URL. */
export function redactHeader(name: string, value: string): string {
  const lower = name.toLowerCase();
  if (cookieHeaders.has(lower)) return redactCookies(value, lower === 'set-cookie');
  if (schemeHeaders.has(lower)) return value.replace(/^([\w-]+ +)?.*$/s, `$1${redactionMark}`);
  if (urlHeaders.has(lower)) return redactUrl(value);
  return value !== '' && (secretName.test(lower) || secretShape.test(value)) ? redactionMark : value;
}

// A value may itself have `;` or `?` in it, unless a parameter of its own begins there.
const parameter = /([?&#;])([^?&#;=]+)=([^?&#;\s]+(?:[?;][^?&#;=\s]*(?=[?&#;]|$))*)/g;

/** A request target or URL with the values of token-like query parameters taken out. */
export function redactUrl(url: string): string {
  if (!url.includes('=')) return url;
  return url.replaceAll(parameter, (whole: string, ...[mark = '', name = '', value = '']: string[]) =>
    isSecretParameter(name, value) ? `${mark}${name}=${redactionMark}` : whole,
  );
}

/** @param lines Name, value, name, value. */
export function redactLines(lines: HeaderLines): string[] {
  return lines.map((text, at) => (at % 2 === 0 ? text : redactHeader(lines[at - 1] ?? '', text)));
}

/** By its name, by its looks, or because it is an escaped URL with such a parameter. */
function isSecretParameter(name: string, value: string): boolean {
  if (secretParameter.test(unescaped(name).toLowerCase())) return true;
  const plain = unescaped(value);
  if (secretShape.test(plain) || (longWord.test(plain) && !uuid.test(plain))) return true;
  return plain.length < value.length && redactUrl(plain) !== plain;
}

/** Of `Set-Cookie` the first pair is the cookie, and all others are about it. */
function redactCookies(value: string, isOne: boolean): string {
  const redacted = (pair: string, at: number): string =>
    isOne && at > 0 ? pair : pair.includes('=') ? pair.replace(/=.*$/s, `=${redactionMark}`) : redactionMark;
  return value.split(';').map(redacted).join(';');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

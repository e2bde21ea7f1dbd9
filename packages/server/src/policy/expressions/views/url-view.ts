import { parseQuery } from '../functions/query-string.ts';

/** A URL taken apart (RFC 3986 §3), nothing of it changed. */
export interface UrlParts {
  /** Lower case; empty: none. */
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  /** Undefined: there is no question mark. */
  readonly query: string | undefined;
  /** Undefined: there is no `#`. */
  readonly fragment: string | undefined;
}

/** RFC 3986 Appendix B, with what may not be in a URL left out. */
const form = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#\\]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;
const possible = /^(?:[!#$&-;=?-[\]_a-z~\u0080-\uffff]|%[0-9A-Fa-f]{2})*$/;
const portForm = /:(\d{1,5})?$/;

/** Undefined: the text is no URL, relative ones included. */
export function splitUrl(text: string): UrlParts | undefined {
  const found = possible.test(text) ? form.exec(text) : null;
  if (!found) return undefined;
  const [, scheme = '', authority = '', path = '', query, fragment] = found;
  const port = hostAndPort(authority).slice(hostOf(authority).length);
  if (port !== '' && !portForm.test(port)) return undefined;
  return { scheme: scheme.toLowerCase(), authority, path, query, fragment };
}

/** `url`: what expressions see below `req.url` and of `url.parse()`. */
export class UrlView {
  readonly #parts: UrlParts;
  #params: ReadonlyMap<string, string[]> | undefined;
  #path: string | undefined;

  constructor(parts: UrlParts) {
    this.#parts = parts;
  }

  get scheme(): string {
    return this.#parts.scheme;
  }

  get authority(): string {
    return this.#parts.authority;
  }

  get host(): string {
    return hostOf(this.#parts.authority)
      .toLowerCase()
      .replace(/^\[(.*)\]$/, '$1');
  }

  get port(): bigint | undefined {
    const digits = portForm.exec(hostAndPort(this.#parts.authority))?.[1];
    return digits === undefined ? undefined : BigInt(digits);
  }

  get user_password(): string {
    const { authority } = this.#parts;
    return authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  }

  get path(): string {
    this.#path ??= normalizePath(this.#parts.path);
    return this.#path;
  }

  get raw_path(): string {
    return this.#parts.path;
  }

  get query(): string {
    return this.#parts.query ?? '';
  }

  get query_params(): ReadonlyMap<string, string[]> {
    this.#params ??= parseQuery(this.query);
    return this.#params;
  }

  get fragment(): string {
    return this.#parts.fragment ?? '';
  }

  get uri(): string {
    return this.path + this.#search;
  }

  get raw(): string {
    return this.#withPath(this.#parts.authority, this.#parts.path);
  }

  /** The whole in normal form; not a field, but what `req.url` itself is. */
  get text(): string {
    const { scheme, authority } = this.#parts;
    const user = this.user_password === '' ? '' : `${this.user_password}@`;
    const isUsual = (scheme === 'https' && this.port === 443n) || (scheme === 'http' && this.port === 80n);
    const port = isUsual || this.port === undefined ? '' : `:${this.port}`;
    return this.#withPath(authority && user + hostOf(authority).toLowerCase() + port, this.path);
  }

  get #search(): string {
    const { query } = this.#parts;
    return query === undefined ? '' : `?${query}`;
  }

  #withPath(authority: string, path: string): string {
    const { scheme, fragment } = this.#parts;
    const start = (scheme && `${scheme}:`) + (authority && `//${authority}`);
    return start + path + this.#search + (fragment === undefined ? '' : `#${fragment}`);
  }
}

function hostAndPort(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1);
}

/** With brackets around IPv6, without port. */
function hostOf(authority: string): string {
  const host = hostAndPort(authority);
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  return end > 0 ? host.slice(0, end) : end === 0 ? '' : host;
}

/** What stands in a segment of a path as it is (`pchar` of RFC 3986 §3.3). */
const pathChar = /[\w.~!$&'()*+,;=:@-]/;

/**
 * The normal form of a path (RFC 3986 §6.2.2): what may stand in it is not percent-encoded, other escapes are in upper case, and
 * there are no `.` and `..`. For the RFC `%40` and `@` may be two things; to services they are one, and rules must not be passed
 * by the other spelling.
 */
export function normalizePath(path: string): string {
  const decoded = path.includes('%') ? path.replace(/%[0-9A-Fa-f]{2}/g, normalizeEscape) : path;
  return decoded.includes('/.') ? removeDots(decoded) : decoded;
}

function normalizeEscape(escape: string): string {
  const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return pathChar.test(char) ? char : escape.toUpperCase();
}

function removeDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}

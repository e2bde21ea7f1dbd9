import { Duration } from '@marcbachmann/cel-js/evaluator';
import { Kept } from './kept.ts';

/** `cookie`: one cookie. Those of requests have a name and a value only; the rest is empty then. */
export class CookieView {
  readonly name: string;
  readonly value: string;
  readonly #attributes: ReadonlyMap<string, string>;
  readonly #kept = new Kept();

  constructor(name: string, value: string, attributes: ReadonlyMap<string, string> = new Map()) {
    this.name = name;
    this.value = value;
    this.#attributes = attributes;
  }

  get domain(): string {
    return this.#attributes.get('domain') ?? '';
  }

  get path(): string {
    return this.#attributes.get('path') ?? '';
  }

  get same_site(): string {
    return this.#attributes.get('samesite') ?? '';
  }

  get http_only(): boolean {
    return this.#attributes.has('httponly');
  }

  get secure(): boolean {
    return this.#attributes.has('secure');
  }

  /** Undefined: it does not say, or nothing that can be read. */
  get expires(): Date | undefined {
    return this.#kept.get('expires', () => {
      const time = new Date(this.#attributes.get('expires') ?? Number.NaN);
      return Number.isNaN(time.getTime()) ? undefined : time;
    });
  }

  get max_age(): Duration | undefined {
    const seconds = this.#attributes.get('max-age') ?? '';
    return /^-?\d{1,12}$/.test(seconds) ? new Duration(BigInt(seconds)) : undefined;
  }

  get unparsed_attributes(): ReadonlyMap<string, string> {
    return this.#kept.get(
      'unparsed_attributes',
      () => new Map([...this.#attributes].filter(([name]) => !known.has(name))),
    );
  }
}

const known = new Set(['domain', 'path', 'samesite', 'httponly', 'secure', 'expires', 'max-age']);

/** The cookies of `Cookie` lines (RFC 6265 §4.2), by name, in their order. */
export function parseCookies(lines: readonly string[]): Map<string, CookieView[]> {
  const cookies = new Map<string, CookieView[]>();
  for (const part of lines.flatMap((line) => line.split(';'))) {
    const at = part.indexOf('=');
    if (at > 0) addTo(cookies, new CookieView(part.slice(0, at).trim(), unquote(part.slice(at + 1))));
  }
  return cookies;
}

/** The cookies of `Set-Cookie` lines (RFC 6265 §5.2), by name, those with the longest path first. */
export function parseSetCookies(lines: readonly string[]): Map<string, CookieView[]> {
  const cookies = new Map<string, CookieView[]>();
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    if (at <= 0) continue;
    addTo(cookies, new CookieView(pair.slice(0, at).trim(), unquote(pair.slice(at + 1)), parseAttributes(attributes)));
  }
  for (const sameName of cookies.values()) sameName.sort((a, b) => b.path.length - a.path.length);
  return cookies;
}

/** Names in lower case; the last of each counts. */
function parseAttributes(parts: readonly string[]): Map<string, string> {
  return new Map(
    parts.map((part) => {
      const at = part.indexOf('=');
      const name = (at === -1 ? part : part.slice(0, at)).trim().toLowerCase();
      return [name, at === -1 ? '' : part.slice(at + 1).trim()] as const;
    }),
  );
}

function addTo(cookies: Map<string, CookieView[]>, cookie: CookieView): void {
  const sameName = cookies.get(cookie.name);
  if (sameName) sameName.push(cookie);
  else cookies.set(cookie.name, [cookie]);
}

function unquote(text: string): string {
  const value = text.trim();
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

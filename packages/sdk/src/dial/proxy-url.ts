import { AditError } from '@adit/contracts';
import { bracketed, parseHostPort } from './host-port.ts';

/** A proxy on the way to the server. Holds a secret: never in a log, error or event. */
export interface ProxyAddress {
  readonly kind: 'http' | 'socks5';
  readonly host: string;
  readonly port: number;
  /** Decoded; null: none are sent. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** `scheme://host:port`, without credentials: for messages. */
  readonly text: string;
}

const schemes = {
  http: { kind: 'http', port: 80 },
  socks5: { kind: 'socks5', port: 1080 },
  // The same here: names are always resolved by the proxy.
  socks5h: { kind: 'socks5', port: 1080 },
} as const;

const form = /^(?<scheme>[a-z0-9]+):\/\/(?:(?<user>[^@/:]*)(?::(?<password>[^@/]*))?@)?(?<hostPort>[^@/]+)\/?$/i;
/** RFC 1929 counts both in one byte each. */
const maxSocksCredentialBytes = 255;

/**
 * Reads `http://[user:password@]host[:port]` or `socks5://…` (also `socks5h://`). User and password are percent-encoded.
 * Default ports 80 and 1080. A text without scheme is an HTTP proxy, as everybody has it in `https_proxy`.
 *
 * @throws {AditError} 9201: anything else. The text is not repeated: it may hold a password.
 */
export function parseProxyUrl(text: string): ProxyAddress {
  const parts = form.exec(text.includes('://') ? text : `http://${text}`)?.groups ?? {};
  const scheme = parts['scheme']?.toLowerCase() ?? '';
  if (!isScheme(scheme)) throw unusable('it must be http://host:port or socks5://host:port');
  const parsed = parseHostPort(parts['hostPort'] ?? '');
  if (!parsed) throw unusable('its host or port is not valid');
  const { kind, port: usualPort } = schemes[scheme];
  const { host, port } = { host: parsed.host, port: parsed.port ?? usualPort };
  const credentials = readCredentials(parts['user'], parts['password']);
  if (credentials) refuseUnsendable(kind, credentials);
  return { kind, host, port, credentials, text: `${scheme}://${bracketed(host)}:${port}` };
}

function isScheme(scheme: string): scheme is keyof typeof schemes {
  return Object.hasOwn(schemes, scheme);
}

function readCredentials(user: string | undefined, password = ''): ProxyAddress['credentials'] {
  if (user === undefined) return null;
  try {
    return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
  } catch {
    throw unusable('its user or password is not percent-encoded');
  }
}

function refuseUnsendable(kind: ProxyAddress['kind'], { user, password }: { user: string; password: string }): void {
  // RFC 7617 §2: the colon ends the user, and control characters are not allowed.
  const isUnsendable =
    kind === 'http' ? user.includes(':') || /\p{Cc}/u.test(user + password) : isTooLong([user, password]);
  if (isUnsendable) throw unusable('its user or password cannot be sent');
}

function isTooLong(texts: readonly string[]): boolean {
  return texts.some((text) => text === '' || Buffer.byteLength(text) > maxSocksCredentialBytes);
}

function unusable(why: string): AditError {
  return new AditError(9201, `Cannot use the proxy URL: ${why}`);
}

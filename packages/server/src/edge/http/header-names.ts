// Which header lines are whose. Names are compared in lower case with everything but letters and digits read as `-`: many
// upstreams (CGI, WSGI, PHP and their heirs) turn `_`, `.` or any such character into `_` and see no difference, so an
// alias must not pass where its proper spelling would not.

// RFC 9110 §7.6.1 and its predecessors. `te` and `upgrade` are made again where they apply, `trailer` is passed where
// trailers are. `proxy` is nobody's header, but CGI makes HTTP_PROXY of it, which programs obey (CVE-2016-5385).
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

// `Connection` cannot remove these: the message would change its meaning or its length.
const neverNominated: ReadonlySet<string> = new Set(['host', 'content-length']);

const plainName = /^[a-z0-9-]*$/;

/** A name as it is compared: `X_Forwarded.For` and `x-forwarded-for` are one. */
export function comparableName(name: string): string {
  const lower = name.toLowerCase();
  return plainName.test(lower) ? lower : lower.replaceAll(/[^a-z0-9]/g, '-');
}

/** True for lines that concern one connection only and never cross the edge, in either direction. */
export function isHopByHop(comparable: string): boolean {
  return hopByHop.has(comparable) || comparable.startsWith('proxy-');
}

/** True for lines that only the edge may write: an upstream believes them, a visitor believes our error code. */
export function isOurs(comparable: string): boolean {
  return comparable.startsWith('adit-');
}

/** True for the lines by which proxies tell an upstream who the visitor is. The visitor's own never pass. */
export function isForwarding(comparable: string): boolean {
  return (
    comparable.startsWith('x-forwarded-') ||
    comparable === 'x-forwarded' ||
    comparable === 'forwarded' ||
    comparable === 'x-real-ip'
  );
}

/** The names that `Connection` lines declare hop-by-hop, lower case; null when there are none. */
export function nominatedNames(connectionValue: string | null): ReadonlySet<string> | null {
  if (connectionValue === null) return null;
  const names = new Set<string>();
  for (const token of connectionValue.split(',')) {
    const name = token.trim().toLowerCase();
    if (name !== '' && name !== 'close' && name !== 'keep-alive' && !neverNominated.has(name)) names.add(name);
  }
  return names.size === 0 ? null : names;
}

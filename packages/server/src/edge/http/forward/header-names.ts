// Which header lines are whose. Names are compared in lower case with everything but letters and digits read as `-`: many
// upstreams (CGI, WSGI, PHP and their heirs) turn `_`, `.` or any such character into `_` and see no difference, so an
// alias must not pass where its proper spelling would not.

/** What a header line is to the edge, in either direction. */
export type HeaderKind =
  /** None of the others: the business of the two ends. */
  | 'plain'
  /** Concerns one connection only and never crosses the edge. */
  | 'hopByHop'
  /** Only the edge may write it: an upstream believes it, a visitor believes our error code. */
  | 'ours'
  /** By these proxies tell an upstream who the visitor is. The visitor's own never pass. */
  | 'forwarding'
  /** An alias of the length, a second opinion on where a message ends. Never passes. */
  | 'lengthAlias'
  | 'host'
  | 'length'
  | 'trailer'
  | 'expect'
  | 'cookie';

const exactKinds: ReadonlyMap<string, HeaderKind> = new Map([
  // RFC 9110 §7.6.1 and its predecessors. `te` and `upgrade` are made again where they apply, `trailer` is passed where
  // trailers are. `proxy` is nobody's header, but CGI makes HTTP_PROXY of it, which programs obey (CVE-2016-5385).
  ['connection', 'hopByHop'],
  ['keep-alive', 'hopByHop'],
  ['proxy', 'hopByHop'],
  ['te', 'hopByHop'],
  ['transfer-encoding', 'hopByHop'],
  ['upgrade', 'hopByHop'],
  ['http2-settings', 'hopByHop'],
  ['x-forwarded', 'forwarding'],
  ['forwarded', 'forwarding'],
  ['x-real-ip', 'forwarding'],
  ['host', 'host'],
  ['content-length', 'length'],
  ['trailer', 'trailer'],
  ['expect', 'expect'],
  ['cookie', 'cookie'],
]);

const kindsByPrefix: readonly (readonly [prefix: string, kind: HeaderKind])[] = [
  ['proxy-', 'hopByHop'],
  ['x-forwarded-', 'forwarding'],
  ['adit-', 'ours'],
  // By these names ngrok tells whose certificate a visitor has shown, and so do we.
  ['ngrok-mtls-', 'ours'],
];

// `Connection` cannot remove these: the message would change its meaning or its length.
const neverNominated: ReadonlySet<string> = new Set(['host', 'content-length']);

// Most lines are plain, and this is asked for every line of every request: by its first two characters a name is looked up
// among the names above, as the set of their lengths, one bit each. Only where that may fit the name is really compared.
const anyLength = -1;
const lengthsByStart = new Int32Array(1024);
for (const name of exactKinds.keys()) noteLength(name, 1 << name.length);
for (const [prefix] of kindsByPrefix) noteLength(prefix, anyLength);

// HTTP/2 writes `host`, browsers write `Host`: these need no lower-casing.
const kindsOfUsualSpellings: ReadonlyMap<string, HeaderKind> = new Map(
  [...exactKinds].flatMap(([name, kind]) => [
    [name, kind],
    [name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()), kind],
  ]),
);

function noteLength(name: string, bits: number): void {
  const at = startOf(name);
  lengthsByStart[at] = (lengthsByStart[at] ?? 0) | bits;
}

/** The first two characters, as they are compared, as one number; several starts may share one. */
function startOf(name: string): number {
  return (comparableCode(name.charCodeAt(0)) & 31) * 32 + (comparableCode(name.charCodeAt(1)) & 31);
}

function comparableCode(code: number): number {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) return code;
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : 0x2d;
}

/** What a line of this name is, however the name is spelled. */
export function headerKind(name: string): HeaderKind {
  const lengths = lengthsByStart[startOf(name)] ?? 0;
  // Shifts count modulo 32, so a long name may seem to fit; then it is compared in vain.
  return (lengths & (1 << name.length)) === 0 ? 'plain' : kindOf(name);
}

function kindOf(name: string): HeaderKind {
  const usual = kindsOfUsualSpellings.get(name);
  if (usual !== undefined) return usual;
  const comparable = comparableName(name);
  const exact = exactKinds.get(comparable);
  if (exact === 'length') return name.toLowerCase() === comparable ? 'length' : 'lengthAlias';
  if (exact !== undefined) return exact;
  for (const [prefix, kind] of kindsByPrefix) if (comparable.startsWith(prefix)) return kind;
  return 'plain';
}

const plainName = /^[a-z0-9-]*$/;

/** A name as it is compared: `X_Forwarded.For` and `x-forwarded-for` are one. */
export function comparableName(name: string): string {
  const lower = name.toLowerCase();
  return plainName.test(lower) ? lower : lower.replaceAll(/[^a-z0-9]/g, '-');
}

/** The names that `Connection` lines declare hop-by-hop, lower case; null when there are none. */
export function nominatedNames(connectionValue: string | null): ReadonlySet<string> | null {
  // What nearly every request says.
  if (connectionValue === null || connectionValue === 'keep-alive' || connectionValue === 'close') return null;
  const names = new Set<string>();
  for (const token of connectionValue.split(',')) {
    const name = token.trim().toLowerCase();
    if (name !== '' && name !== 'close' && name !== 'keep-alive' && !neverNominated.has(name)) names.add(name);
  }
  return names.size === 0 ? null : names;
}

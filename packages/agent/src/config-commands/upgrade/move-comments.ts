import { isMap, isNode, isScalar, type Pair, type YAMLMap } from 'yaml';
import { policyKeys } from '../../config/policy-keys.ts';

/** Where version 3 keeps what a tunnel of version 2 says. */
const newPlaces: Readonly<Record<string, readonly string[]>> = {
  proto: ['url'],
  domain: ['url'],
  hostname: ['url'],
  subdomain: ['url'],
  schemes: ['url'],
  remote_addr: ['url'],
  addr: ['upstream', 'url'],
  proxy_proto: ['upstream', 'proxy_protocol'],
  host_header: ['upstream', 'host_header'],
  ip_restriction: ['allow_cidrs'],
  crt: ['agent_tls_termination', 'server_certificate'],
  key: ['agent_tls_termination', 'server_private_key'],
  mutual_tls_cas: ['agent_tls_termination', 'mutual_tls_certificate_authorities'],
  metadata: ['metadata'],
  inspect: ['inspect'],
  ...Object.fromEntries(Object.keys(policyKeys).map((key) => [key, [key]])),
  auth: ['basic_auth'],
  policy: ['traffic_policy'],
};

/** Puts the comments of a tunnel's keys at the keys of the endpoint that say the same; whole maps as they are written. */
export function moveComments(tunnel: YAMLMap, endpoint: YAMLMap): void {
  // What stands before the first key of a map belongs to the map.
  if (tunnel.commentBefore) endpoint.commentBefore = joined(endpoint.commentBefore, tunnel.commentBefore);
  for (const pair of tunnel.items) {
    const before = isNode(pair.key) ? pair.key.commentBefore : undefined;
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    // Some keep their name, in some endpoints.
    const target = findPair(endpoint, [name]) ?? findPair(endpoint, newPlaces[name] ?? []);
    const isSame = isMap(pair.value) && isMap(target?.value);
    // It means the same here and there, and has comments of its own.
    if (target && isSame) target.value = (pair.value as YAMLMap).clone();
    const after = isNode(pair.value) && !isSame ? pair.value.comment : undefined;
    const text = joined(before, after);
    if (target && isNode(target.key) && text) target.key.commentBefore = joined(target.key.commentBefore, text);
  }
  if (tunnel.comment) endpoint.comment = tunnel.comment;
}

function joined(first: string | null | undefined, second: string | null | undefined): string | null {
  return first && second ? `${first}\n${second}` : first || second || null;
}

/** The pair at a path, or at the longest part of it that is there. */
function findPair(map: YAMLMap, path: readonly string[]): Pair | undefined {
  const [name, ...rest] = path;
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === name);
  if (!pair || rest.length === 0 || !isMap(pair.value)) return pair;
  return findPair(pair.value, rest) ?? pair;
}

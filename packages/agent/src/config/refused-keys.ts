// Keys of ngrok's format that this agent knows and does not honour. Each says why, so that nothing is ever ignored in silence.

/** What comes with the traffic policy engine. A refusal is the only safe answer: without the rule the endpoint is open. */
const byPolicy = 'the server ends TLS where a policy says so: use a traffic_policy with the action terminate-tls';

/** The same for what asks visitors to log in. */
export const notYetLogin = 'not supported in version 0.1; logins of visitors come with a later version';

/** Of what belongs to an address, or to whoever decides about visitors. */
export const onlyOnEdges = 'a labelled tunnel has no address and no policies; the edge that it serves must have them';

const agent = {
  connect_interface: 'not supported in version 0.1; route by the system instead',
  crl_noverify: 'there is no revocation list to check; trust is what connect_cas says',
  crl_url: 'there is no revocation list to check; trust is what connect_cas says',
  dns_resolver_ips: 'not supported in version 0.1; names are asked of the system',
  update_channel: 'the agent never updates itself',
  console_ui_color: 'the screen keeps the colours of the terminal',
  local_storage: 'there is no such store in this agent',
} as const;

const tunnel = {
  oauth: notYetLogin,
  oidc: notYetLogin,
  bind_tls: 'use schemes: [https], [http] or both',
} as const;

/** A key that is refused: where it stands, and why. */
export interface RefusedKey {
  readonly path: string;
  readonly reason: string;
}

/** The first key of a file, in the shape of version 3, that is known and refused. */
export function findRefusedKey(raw: unknown): RefusedKey | undefined {
  const { agent: agentPart, tunnels } = asRecord(raw);
  const lists = [
    refusedIn(asRecord(agentPart), 'agent', agent),
    ...Object.entries(asRecord(tunnels)).map(([name, keys]) => refusedIn(asRecord(keys), `tunnels.${name}`, tunnel)),
  ];
  return lists.flat()[0] ?? refusedValue(asRecord(agentPart), asRecord(tunnels));
}

function refusedIn(
  keys: Record<string, unknown>,
  path: string,
  reasons: Readonly<Record<string, string>>,
): RefusedKey[] {
  return Object.keys(keys).flatMap((key) => {
    const reason = Object.hasOwn(reasons, key) ? reasons[key] : undefined;
    return reason === undefined ? [] : [{ path: `${path}.${key}`, reason }];
  });
}

/** Keys that are supported, with values that are not. */
function refusedValue(agentPart: Record<string, unknown>, tunnels: Record<string, unknown>): RefusedKey | undefined {
  const of = (key: string, value: unknown, reason: string) =>
    agentPart[key] === value ? [{ path: `agent.${key}`, reason }] : [];
  const atEdge = Object.entries(tunnels).filter(([, keys]) => isOnlyAtEdge(asRecord(keys)));
  return [
    ...of('connect_cas', 'trusted', 'there is no bundled CA; use "host" for the roots of the system, or a PEM file'),
    ...of('update_check', true, 'the agent never updates itself; leave it out, or say false'),
    ...atEdge.map(([name]) => ({ path: `tunnels.${name}.terminate_at`, reason: byPolicy })),
  ][0];
}

/** The server ends TLS where it has to: to see certificates. */
function isOnlyAtEdge({ terminate_at: place, mutual_tls_cas: cas }: Record<string, unknown>): boolean {
  return place === 'edge' && cas === undefined;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

import { join } from 'node:path';
import type { AddressBook } from '@adit/policy-kit';
import type { ControlDeps } from '../control/control-deps.ts';
import { Directory } from '../directory/directory.ts';
import { Reservations } from '../directory/reservations.ts';
import type { CertificateSource } from '../domain/certificates.ts';
import type { DecisionTraces } from '../domain/decision-trace.ts';
import type { Grants } from '../domain/grants.ts';
import type { Bus } from '../domain/notices.ts';
import type { TcpPorts } from '../domain/tcp-ports.ts';
import { createGrants } from '../edge/grants/grants.ts';
import { HttpFront } from '../edge/http/http-front.ts';
import { PortListeners } from '../edge/raw/port-listeners.ts';
import { RawFront } from '../edge/raw/raw-front.ts';
import { openGeoDatabases } from '../geo/geo-databases.ts';
import { Backends } from '../legacy-edges/backends.ts';
import { defaultAgentLimits } from '../links/agent/agent-limits.ts';
import { AgentSessions } from '../links/agent/agent-sessions.ts';
import { CloudEndpoints } from '../links/cloud/cloud-endpoints.ts';
import type { Chains } from '../policy/chains.ts';
import type { IpGates } from '../policy/ip-gates.ts';
import { RecentTraces } from '../telemetry/recent-traces.ts';
import { serverVersion } from '../version.ts';
import { endLostNames } from './end-lost-names.ts';
import { explainEndpoint } from './explain-endpoint.ts';
import { type EndpointFollower, followEndpoints } from './follow-endpoints.ts';
import { followPolicies } from './follow-policies.ts';
import { followReservations } from './follow-reservations.ts';
import { keptKinds } from './kept-kinds.ts';
import { type Acme, openAcme } from './open-acme.ts';
import { openCertificates } from './open-certificates.ts';
import { openChains } from './open-chains.ts';
import { openDnsSolver } from './open-dns-solver.ts';
import type { Foundation } from './open-foundation.ts';
import { publicUrl } from './public-url.ts';
import { subscribeRevocation } from './subscribe-revocation.ts';

/** The data plane: names, certificates, agents, the edge. */
export interface Rooms {
  /** The real public ports, filled in once the listeners are open; until then nobody asks for a URL. */
  readonly ports: { http: number; https: number };
  readonly directory: Directory;
  /** Undefined: certificates are not got by ACME. */
  readonly acme: Acme | undefined;
  readonly grants: Grants;
  readonly certificates: CertificateSource;
  readonly agents: AgentSessions;
  readonly cloud: CloudEndpoints;
  /** Brings the cloud endpoints online; to be called once, when the ports are known. */
  openCloud(): Promise<void>;
  readonly checkPolicy: ControlDeps['checkPolicy'];
  readonly explain: ControlDeps['explain'];
  /** Who may reach the account's own doors. */
  readonly gates: IpGates;
  readonly traces: DecisionTraces;
  readonly front: HttpFront;
  readonly rawFront: RawFront;
  readonly tcpPorts: PortListeners;
}

/** Opens the data plane. Closing goes the other way: the edge lets its visitors finish while their agents are still here. */
export async function openRooms(
  opened: AsyncDisposableStack,
  { foundation, bus }: { foundation: Foundation; bus: Bus },
): Promise<Rooms> {
  const { options, settings, store, clock, log } = foundation;
  const { domain } = options;
  const ports = { http: 0, https: 0 };
  const reservations = new Reservations();
  let follower: EndpointFollower | undefined;
  opened.defer(await followReservations(reservations, { store, bus, clock, log }));
  const directory = new Directory({
    ...{ clock, domain, reservations },
    tcpPorts: options['tcp-ports'],
    publicUrl: (address) => publicUrl(address, ports),
    onOnline: (host) => acme?.manager.ask(host),
    onFree: () => follower?.retry(),
  });
  const acme: Acme | undefined = await openAcme(opened, {
    foundation,
    directory,
    reservations,
    dns: await openDnsSolver(foundation),
  });
  const grants = createGrants({ clock, onCutError: (error) => log.error({ err: error }, 'Cannot cut a stream') });
  const certificates = await openCertificates(options, {
    ...{ dir: join(settings.dataDir, 'tls'), clock, directory, reservations, store, log, acme },
  });
  opened.defer(() => certificates.close());
  const { rawFront, tcpPorts } = openRaw(foundation, { directory, grants });
  const addresses = await openGeoDatabases({ files: options['geo-database'], clock, log });
  opened.defer(() => addresses.close());
  const backends = new Backends(directory);
  const accept: HttpFront['accept'] = (stream, visitor) => front.accept(stream, visitor);
  const owners = openOwners(opened, {
    ...{ foundation, bus, directory, backends, reservations, grants, tcpPorts, addresses, accept },
  });
  const { agents, cloud } = owners;
  const traces = new RecentTraces();
  const front = openFront(foundation, { directory, grants, acme, ports, traces });
  opened.defer(() => front.drain());
  opened.defer(() => rawFront.drain());
  opened.defer(() => tcpPorts.closeAll());
  measure(foundation, { agents, directory, grants });
  const openCloud = async (): Promise<void> => {
    const kinds = keptKinds({ store, options, backends, endpoints: cloud });
    follower = await followEndpoints({ endpoints: cloud, kinds, store, bus, clock, log });
    opened.defer(() => follower?.stop());
  };
  const data = { ports, acme, directory, grants, certificates };
  return { ...owners, ...data, openCloud, traces, front, rawFront, tcpPorts };
}

/** Those who have endpoints online, and what may end them. */
function openOwners(opened: AsyncDisposableStack, parts: OwnerParts): Owners {
  const { foundation, bus, directory, backends, reservations, grants, tcpPorts, addresses, accept } = parts;
  const { store, clock, log } = foundation;
  const known = { store, directory, backends, addresses, accept };
  const { chains, gates, checkPolicy } = openChains(foundation, known);
  const agents = openAgents(foundation, { directory, grants, tcpPorts, chains, gates });
  opened.defer(followPolicies({ chains, gates, agents, bus, clock, log }));
  opened.defer(() => agents.drain());
  const cloud = new CloudEndpoints({ directory, chains, grants, tcpPorts, log });
  opened.defer(endLostNames(reservations, { directory, agents, cloud, log }));
  opened.defer(subscribeRevocation(bus, { store, agents, grants, clock, log }));
  const sendsForwarded = foundation.options['forwarded-header'];
  const explain: ControlDeps['explain'] = (asked) =>
    explainEndpoint(asked, { directory, backends, chains, clock, sendsForwarded });
  return { agents, cloud, gates, checkPolicy, explain };
}

type Owners = Pick<Rooms, 'agents' | 'cloud' | 'gates' | 'checkPolicy' | 'explain'>;

interface OwnerParts extends Pick<Rooms, 'directory' | 'grants' | 'tcpPorts'> {
  readonly foundation: Foundation;
  readonly bus: Bus;
  readonly backends: Backends;
  readonly reservations: Reservations;
  readonly addresses: AddressBook;
  /** Serves HTTP that comes from this process. */
  readonly accept: HttpFront['accept'];
}

function openRaw(
  { clock, log, metrics }: Foundation,
  { directory, grants }: Pick<Rooms, 'directory' | 'grants'>,
): Pick<Rooms, 'rawFront' | 'tcpPorts'> {
  const rawFront = new RawFront({ routes: directory, grants, clock, log, metrics });
  const tcpPorts = new PortListeners((socket, facts, port) => {
    const route = directory.findPort(port);
    if (route) rawFront.accept(socket, { route, facts });
    else socket.destroy();
  });
  return { rawFront, tcpPorts };
}

function openFront(
  { options, clock, log, metrics }: Foundation,
  { directory: routes, grants, acme, ports, traces }: Pick<Rooms, 'directory' | 'grants' | 'acme' | 'ports' | 'traces'>,
): HttpFront {
  return new HttpFront({
    ...{ routes, domain: options.domain, grants, clock, log, metrics, traces },
    publicUrl: (scheme, host) => publicUrl({ scheme, host, port: null }, ports),
    trustedProxies: options['trusted-proxy'],
    sendsForwarded: options['forwarded-header'],
    ...(acme && { challengePage: (host, token) => acme.answers.pageOf(host, token) }),
  });
}

function measure(
  { metrics }: Pick<Foundation, 'metrics'>,
  { agents, directory, grants }: Pick<Rooms, 'agents' | 'directory' | 'grants'>,
): void {
  metrics.gauge('adit_agent_sessions', () => agents.size);
  metrics.gauge('adit_endpoints', () => directory.countOnline());
  metrics.gauge('adit_streams', () => grants.size);
  metrics.gauge('adit_buffered_bytes', () => agents.heldBytes);
}

function openAgents(
  { store, clock, log, signingKey }: Foundation,
  { gates, ...rooms }: { directory: Directory; grants: Grants; tcpPorts: TcpPorts; chains: Chains; gates: IpGates },
): AgentSessions {
  return new AgentSessions({
    ...rooms,
    ...{ store, clock, log, signingKey, serverVersion, gate: gates },
    limits: defaultAgentLimits,
  });
}

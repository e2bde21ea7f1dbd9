import type { Duplex } from 'node:stream';
import { isId } from '@adit/contracts';
import { aditProfile, ngrokProfile } from '@adit/wire';
import type { RunningAddresses } from '../data-dir/running-server.ts';
import type { HttpFront } from '../edge/http/http-front.ts';
import { challengeClassifier } from '../edge/listener/acme-challenges.ts';
import { demandingEndpointClassifier } from '../edge/listener/demanding-endpoints.ts';
import { canShareListeners, type ListenAddress, type Listener, type OnRefused } from '../edge/listener/listener.ts';
import { defaultListenerLimits } from '../edge/listener/listener-limits.ts';
import { openPlainListener } from '../edge/listener/plain-listener.ts';
import { connectionQuota, type ReceptionOptions } from '../edge/listener/reception.ts';
import { tlsEndpointClassifier } from '../edge/listener/tls-endpoints.ts';
import { openTlsListener } from '../edge/listener/tls-listener.ts';
import {
  agentClassifier,
  httpClassifier,
  type OnHttp,
  sharedClassifier,
  type TlsClassifier,
} from '../edge/listener/tls-service.ts';
import { openOperatorListener } from '../telemetry/open-operator-listener.ts';
import type { HandOver } from './hand-over/hand-over.ts';
import type { ListenerSet } from './listener-set.ts';
import type { Console } from './open-console.ts';
import type { Foundation } from './open-foundation.ts';
import type { Rooms } from './open-rooms.ts';
import { isOwnerProof, type Purpose } from './owner-proof.ts';
import { publishAgentDoor } from './publish-agent-door.ts';

type House = Foundation & Rooms & Console & { readonly handOver: HandOver };
type Addresses = Omit<RunningAddresses, 'event' | 'caFile'>;

/** Opens the public ports, then the services' own ones. */
export async function openListeners(listeners: ListenerSet, house: House): Promise<Addresses> {
  const { settings, handOver } = house;
  const agents = agentClassifier(toAgents(house));
  const { isExempt, own: ownReception, public: publicReception } = receptions(house);
  const openTls = (classify: TlsClassifier, reception: ReceptionOptions) => (address: ListenAddress) =>
    openTlsListener({ ...address, ...reception, classify, isExempt, certificates: house.certificates });

  const connectHost = `connect.${house.options.domain}`;
  const visitors = tlsEndpointClassifier({
    find: (serverName) => house.directory.find('tls', serverName),
    awaited: (serverName) => house.directory.awaited('tls', serverName),
    onConnection: (socket, visit) => house.rawFront.accept(socket, visit),
    others: demandingEndpointClassifier({
      find: (serverName) => house.directory.find('https', serverName),
      onHttp: toFront(house.front),
      others: httpClassifier(toFront(house.front)),
    }),
  });
  const named = sharedClassifier({ connectHost, agents, visitors });
  const { acme } = house;
  const certificateOf = acme && ((serverName: string) => acme.answers.certificateOf(serverName));
  const shared = certificateOf ? challengeClassifier({ certificateOf, others: named }) : named;
  // Before the first agent can ask for a port.
  house.tcpPorts.serve((port, onConnection, { comesBack }) =>
    openPlainListener({
      ...{ host: settings.listen, port, isShared: comesBack && listeners.isShared() },
      ...publicReception,
      onConnection: (socket, { facts }) => onConnection(socket, facts),
    }),
  );
  const https = await listeners.openPublic(settings.httpsPort, openTls(shared, publicReception));
  const http = await listeners.openPublic(settings.httpPort, (address) => openPlain(house, address, publicReception));
  Object.assign(house.ports, { https: https.port, http: http.port });
  // Whoever comes meanwhile waits, as for agents that are on their way (`Directory.expectArrivals`).
  await house.openCloud();

  const api = httpClassifier(toFront(house.front, house.publishApi()));
  const door = httpClassifier(toFront(house.front, publishAgentDoor(house, house.options.domain)));
  const connect = await listeners.openOwn('connect', openTls(agentsOrDoor(agents, door), ownReception));
  const ownApi = await listeners.openOwn('api', openTls(api, ownReception));
  const operator = await listeners.openOwn('operator', (address) =>
    openOperatorListener({
      ...{ ...house, ...address, isShareable: canShareListeners },
      handOver: { isAllowed: proves('hand-over', house), begin: () => handOver.begin() },
      online: {
        isAllowed: proves('count-endpoints', house),
        count: (account) => (isId('account', account) ? house.directory.list(account).length : 0),
      },
    }),
  );
  const { host, port } = operator.listener;
  return {
    ...{ https, http, connect: connect.text, api: `https://${ownApi.text}` },
    ...{ operator: `http://${operator.text}`, operatorAt: { host, port } },
  };
}

function proves(purpose: Purpose, { signingKey, clock }: House): (proof: string) => boolean {
  return (proof) => isOwnerProof(proof, purpose, { signingKey, nowMs: clock.timeOfDay() });
}

/** On the agents' own listener: those who come as a WebSocket speak HTTP first. */
function agentsOrDoor(agents: TlsClassifier, door: TlsClassifier): TlsClassifier {
  return (hello) => {
    const { alpnProtocols } = hello;
    return alpnProtocols.includes('http/1.1') && !alpnProtocols.includes('adit/1') ? door(hello) : agents(hello);
  };
}

/**
 * Load balancers stand before the public ports only; on a service's own listener their machine may run clients of its own.
 * A client's connections count on all listeners together, but not those of balancers and proxies themselves: one address
 * stands for many clients there.
 */
function receptions(house: House): Record<'public' | 'own', ReceptionOptions> & { isExempt(ip: string): boolean } {
  const { 'proxy-protocol-from': balancers, 'trusted-proxy': proxies } = house.options;
  const isExempt = (ip: string): boolean => balancers.has(ip) || proxies.has(ip);
  const connections = connectionQuota(defaultListenerLimits, isExempt);
  const own: ReceptionOptions = { clock: house.clock, onRefused: onRefused(house), connections };
  const sendsProxyHeader = balancers.isEmpty ? undefined : (ip: string): boolean => balancers.has(ip);
  return { isExempt, own, public: { ...own, sendsProxyHeader } };
}

function openPlain(house: House, address: ListenAddress, reception: ReceptionOptions): Promise<Listener> {
  return openPlainListener({
    ...address,
    ...reception,
    onConnection: (socket, { facts }) =>
      house.front.accept(socket, { facts, alpn: 'http/1.1', scheme: 'http', demands: null }),
  });
}

function toFront(front: HttpFront, fixedRoute?: ReturnType<Console['publishApi']>): OnHttp {
  return (socket, visitor) => front.accept(socket, { ...visitor, scheme: 'https', ...(fixedRoute && { fixedRoute }) });
}

function toAgents({ agents }: House): Parameters<typeof agentClassifier>[0] {
  return (socket: Duplex, { facts, profile }) =>
    agents.accept(socket, {
      remoteAddress: facts.clientIp,
      profile: profile === 'adit/1' ? aditProfile : ngrokProfile,
    });
}

function onRefused({ log, metrics }: House): OnRefused {
  return (refused) => {
    metrics.denied(`connection/${refused.reason}`);
    log.debug({ ...refused }, 'Connection refused');
  };
}

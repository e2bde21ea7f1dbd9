import type { Socket } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';
import { type Arrival, isPassedThrough, type Route } from '../../domain/route.ts';
import { fixedCertificate } from './fixed-certificate.ts';
import type { Service, TlsClassifier } from './tls-service.ts';

export interface TlsEndpointOptions {
  /** The tls endpoint that is online under a name. Of a pool any one, each time anew. */
  find(serverName: string): Route | undefined;
  /** See `RouteTable.awaited`. */
  awaited(serverName: string): Arrival | undefined;
  /** Owns the socket from here on, errors included; `TLSSocket` where this server ended the TLS. */
  onConnection(socket: Socket, visit: { route: Route; facts: ConnectFacts }): void;
  /** Where connections go whose name is no tls endpoint's. */
  readonly others: TlsClassifier;
}

/** tls endpoints by the name in the ClientHello, before anything else that has a name on the port. */
export function tlsEndpointClassifier({ find, awaited, onConnection, others }: TlsEndpointOptions): TlsClassifier {
  // One service for each route: session tickets and contexts are the service's, and must end with the route.
  const services = new WeakMap<Route, Service>();
  const classify: TlsClassifier = (hello) => {
    const route = hello.serverName === null ? undefined : find(hello.serverName);
    if (route === undefined) return others(hello);
    const service = services.get(route) ?? serviceOf(route, (socket, facts) => onConnection(socket, { route, facts }));
    services.set(route, service);
    return service;
  };
  const classifyOnArrival: TlsClassifier = (hello) => {
    const arrival = hello.serverName === null ? undefined : awaited(hello.serverName);
    return arrival ? arrival.come.then(() => classifyOnArrival(hello)) : classify(hello);
  };
  return classifyOnArrival;
}

function serviceOf(route: Route, accept: (socket: Socket, facts: ConnectFacts) => void): Service {
  if (isPassedThrough(route)) return { isPassthrough: true, accept };
  const own = route.tls?.kind === 'edge' ? route.tls.certificate : null;
  const certificates = own === null ? {} : { certificates: fixedCertificate(own) };
  // What the client speaks is between it and the upstream; a server that chose for them could only be wrong.
  return { alpnProtocols: 'first', demands: route.chain.tls, accept, ...certificates };
}

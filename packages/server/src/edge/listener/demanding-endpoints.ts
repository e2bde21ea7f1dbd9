import type { TlsDemands } from '@adit/policy-kit';
import type { Route } from '../../domain/route.ts';
import { httpService, type OnHttp, type TlsClassifier, type TlsService } from './tls-service.ts';

export interface DemandingEndpointOptions {
  /** The https endpoint that is online under a name. Of a pool any one, each time anew. */
  find(serverName: string): Route | undefined;
  readonly onHttp: OnHttp;
  /** Where connections go whose name is that of no endpoint, or of one that asks nothing of TLS. */
  readonly others: TlsClassifier;
}

/**
 * https endpoints that ask something of the handshake, by the name in the ClientHello. Which endpoint a request is for it says
 * itself, later; there it is refused where that endpoint asks something else (`hasSameDemands`).
 */
export function demandingEndpointClassifier({ find, onHttp, others }: DemandingEndpointOptions): TlsClassifier {
  // One service for each: contexts and session tickets are the service's, and must end with what they were made for.
  const services = new WeakMap<TlsDemands, TlsService>();
  return (hello) => {
    const demands = hello.serverName === null ? null : (find(hello.serverName)?.chain.tls ?? null);
    if (demands === null) return others(hello);
    const service = services.get(demands) ?? httpService(onHttp, demands);
    services.set(demands, service);
    return service;
  };
}

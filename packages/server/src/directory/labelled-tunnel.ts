import { type EndpointAddress, usualPorts } from '../domain/address.ts';
import type { LabelledScheme } from '../domain/endpoint.ts';
import { hostOfLabels, type Labels } from '../domain/labels.ts';
import type { EndpointRequest, Publication } from './publication.ts';

type Given = 'address' | 'tls' | 'isPooled' | 'proxyProtocol' | 'hostHeader' | 'part';

/** What a labelled tunnel needs to go online. */
export interface LabelledRequest extends Omit<EndpointRequest, Given> {
  readonly labels: Labels;
}

/** Where all tunnels with exactly these labels are a pool. Nobody can ask for the name. */
export function labelledAddress(scheme: LabelledScheme, labels: Labels): EndpointAddress {
  return { scheme, host: hostOfLabels(labels), port: usualPorts.https, binding: 'internal' };
}

/** One of the names of the tunnel. The TLS of a tls edge is ended there, or by the tunnel. */
export function endpointRequest({ labels, ...facts }: LabelledRequest, scheme: LabelledScheme): EndpointRequest {
  return {
    ...facts,
    address: labelledAddress(scheme, labels),
    tls: scheme === 'tls' ? { kind: 'passthrough' } : null,
    ...{ isPooled: true, proxyProtocol: 0, hostHeader: null },
    part: { kind: 'tunnel', labels },
  };
}

/** Several that come, change and go as one. */
export function joinPublications([first, ...others]: readonly [Publication, ...Publication[]]): Publication {
  const all = [first, ...others];
  return {
    get route() {
      return first.route;
    },
    update: (change) => all.forEach((one) => one.update(change)),
    replaceChain: (chain) => all.forEach((one) => one.replaceChain(chain)),
    hold: () => all.forEach((one) => one.hold()),
    withdraw: () => all.forEach((one) => one.withdraw()),
  };
}

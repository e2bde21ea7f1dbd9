import { AditError, newId } from '@adit/contracts';
import { type FakeClock, fakeClock } from '../clock/fake-clock.testkit.ts';
import type { EndpointAddress } from '../domain/address.ts';
import type { Chain } from '../domain/chain.ts';
import { FakeChain } from '../domain/fake-chain.testkit.ts';
import type { Link } from '../domain/link.ts';
import { Directory, type DirectoryOptions } from './directory.ts';
import type { EndpointRequest } from './publication.ts';
import { Reservations } from './reservations.ts';

export const chain: Chain = new FakeChain({ isEmpty: true });
export const link: Link = {
  kind: 'agent',
  open: () => {
    throw new AditError(3200);
  },
};
export const ours = newId('account', 1);
export const theirs = newId('account', 1);

/** An address; that of `https://app.localhost` unless changed. */
export function at(change: Partial<EndpointAddress> = {}): EndpointAddress {
  return { scheme: 'https', host: 'app.localhost', port: null, binding: 'public', ...change };
}

export const tcpAt = (port: number): EndpointAddress => at({ scheme: 'tcp', host: 'localhost', port });
export const internalAt = (change: Partial<EndpointAddress> = {}): EndpointAddress =>
  at({ host: 'db.internal', port: 443, binding: 'internal', ...change });

export interface DirectoryWorld {
  readonly clock: FakeClock;
  readonly directory: Directory;
  readonly reservations: Reservations;
  /** What publishes a new endpoint of ours at `https://app.localhost`, unless changed. */
  request(change?: Partial<EndpointRequest>): EndpointRequest;
}

export function openDirectory(options: Partial<DirectoryOptions> = {}): DirectoryWorld {
  const clock = fakeClock();
  const { reservations = new Reservations() } = options;
  const directory = new Directory({
    clock,
    domain: 'localhost',
    reservations,
    tcpPorts: { first: 20_000, last: 20_002 },
    publicUrl: ({ scheme, host, port }) => `${scheme}://${host}:${port ?? (scheme === 'http' ? 8080 : 8443)}`,
    ...options,
  });
  const request = (change: Partial<EndpointRequest> = {}): EndpointRequest => ({
    ...{ endpointId: newId('endpoint', clock.now()), accountId: ours, address: at(), chain, link, tls: null },
    ...{ isPooled: false, upstreamProtocol: 'http1', proxyProtocol: 0, hostHeader: null },
    ...{ forwardsTo: 'http://localhost:3000', name: '', description: '', metadata: '', createdAtMs: clock.now() },
    ...{ credentialId: newId('credential', 1), agentSessionId: newId('agentSession', 1) },
    ...change,
  });
  return { clock, directory, reservations, request };
}

import { isDeepStrictEqual } from 'node:util';
import type { Id } from '@adit/contracts';
import type { EndpointRequest } from '../../directory/publication.ts';
import type { EndpointAddress } from '../../domain/address.ts';
import type { Chain } from '../../domain/chain.ts';
import type { EdgePart } from '../../domain/endpoint.ts';
import type { Link } from '../../domain/link.ts';
import type { PolicyDocument } from '../../policy/document/policy-document.ts';
import { cloudLink } from './cloud-link.ts';

/** What is kept of an endpoint that the server keeps. */
export interface CloudEndpoint {
  readonly id: Id<'endpoint'>;
  readonly accountId: Id<'account'>;
  /** Another one: something of it is not as it was. */
  readonly revision: number;
  readonly address: EndpointAddress;
  /** Traffic policy: its text, or rules that were made for it. */
  readonly policy: string | PolicyDocument;
  /** Who serves those whom its policy lets through. Default: nobody. */
  readonly link?: Link;
  /** Default: it stands for itself. */
  readonly part?: EdgePart;
  readonly isPooled: boolean;
  /** Its account is: then it stays offline. */
  readonly isSuspended: boolean;
  readonly description: string;
  readonly metadata: string;
  readonly createdAtMs: number;
}

/** Reached through an edge only, under a name that nobody can ask for. */
export function isHidden({ part }: CloudEndpoint): boolean {
  return part !== undefined && part.kind !== 'edge';
}

/** What the account requires has to be in each route of an HTTPS edge; the address only chooses one, and backends come after. */
export function isExempt({ part, address }: CloudEndpoint): boolean {
  return part?.kind === 'backend' || (part?.kind === 'edge' && address.scheme === 'https');
}

/** What an edge does may change without its own document: its routes are others. */
export function isSameState(a: CloudEndpoint, b: CloudEndpoint): boolean {
  return a.revision === b.revision && isDeepStrictEqual(a.policy, b.policy);
}

/** Then its streams go on. */
export function isSamePlace(a: CloudEndpoint, b: CloudEndpoint): boolean {
  const [one, other] = [a.address, b.address];
  return (
    a.isPooled === b.isPooled &&
    a.link === b.link &&
    one.scheme === other.scheme &&
    one.host === other.host &&
    one.port === other.port &&
    one.binding === other.binding
  );
}

/** As the directory takes it. */
export function requestOf(endpoint: CloudEndpoint, chain: Chain): EndpointRequest {
  const { id: endpointId, accountId, address, isPooled, description, metadata, createdAtMs } = endpoint;
  const { link = cloudLink, part } = endpoint;
  return {
    ...{ endpointId, accountId, address, isPooled, description, metadata, createdAtMs, chain, link },
    ...(part && { part }),
    tls: address.scheme === 'tls' ? { kind: 'passthrough' } : null,
    ...{ upstreamProtocol: 'http1', proxyProtocol: 0, hostHeader: null, forwardsTo: '', name: '' },
    ...{ credentialId: null, agentSessionId: null },
  };
}

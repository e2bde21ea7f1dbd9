import type { Exchange } from '../exchange.ts';
import type { VisitorConnection } from '../visitor-connection.ts';
import type { ChallengePage } from './forwarder-deps.ts';
import type { RequestHead } from './request-head.ts';

// RFC 8555 §8.3.
const challengePath = '/.well-known/acme-challenge/';

/** What an authority is to be told. Undefined: it is no question of one, which asks on plain HTTP only. */
export function acmeChallenge(
  { method }: Exchange,
  { authority, path }: RequestHead,
  { scheme }: VisitorConnection,
  challengePage: ChallengePage | undefined,
): Promise<string | undefined> | undefined {
  if (!challengePage || scheme !== 'http' || method !== 'GET') return undefined;
  return path.startsWith(challengePath) ? challengePage(authority.host, path.slice(challengePath.length)) : undefined;
}

import type { Exchange } from '../exchange.ts';
import type { ChallengePage } from './forwarder-deps.ts';
import type { RequestHead } from './request-head.ts';

// RFC 8555 §8.3.
const challengePath = '/.well-known/acme-challenge/';

/** What an authority is to be told that asked on plain HTTP. Undefined: it is no question of one. */
export function acmeChallenge(
  { method }: Exchange,
  { authority, path }: RequestHead,
  challengePage: ChallengePage,
): Promise<string | undefined> | undefined {
  if (method !== 'GET' || !path.startsWith(challengePath)) return undefined;
  return challengePage(authority.host, path.slice(challengePath.length));
}

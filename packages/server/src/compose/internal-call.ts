import type { Duplex } from 'node:stream';
import { AditError, type Id } from '@adit/contracts';
import type { ConnectFacts, OutgoingAnswer } from '@adit/policy-kit';
import type { HttpScheme } from '../domain/endpoint.ts';
import type { Route } from '../domain/route.ts';
import type { HttpFront } from '../edge/http/http-front.ts';
import { LocalEnd } from '../links/local/local-end.ts';
import { fetchOver } from '../outgoing/fetch-over.ts';
import { type AwaitingDeps, awaitedTarget, internalTarget } from './internal-target.ts';

export interface InternalCallDeps extends AwaitingDeps {
  /** Serves what policies call, as `HttpFront.accept`. */
  readonly accept: HttpFront['accept'];
}

/** As many as a request says of itself where calls leave this server (`CDN-Loop`); here no policy can take it away. */
const maxTurns = 3;

/** Calls an internal endpoint by the way that visitors go, in this process. @throws See `PolicyHost.fetchInternal`. */
export async function internalCall(
  request: Request,
  { accountId, from }: { accountId: Id<'account'>; from: ConnectFacts },
  { accept, ...targets }: InternalCallDeps,
): Promise<OutgoingAnswer> {
  const { origin: url, protocol } = new URL(request.url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const asked = { accountId, url, from: scheme } as const;
  const target = internalTarget(targets, asked) ?? (await awaitedTarget(targets, asked));
  if (!target) throw new AditError(9621, `Cannot call "${url}": the account has no such endpoint online`);
  if (target.route.chain.tls) throw new AditError(9620, `Cannot call "${url}": it asks for TLS`);
  const { internalCalls = 0 } = from;
  if (internalCalls >= maxTurns) throw new AditError(3603);
  const facts = { ...clientOf(from), internalCalls: internalCalls + 1 };
  return await fetchOver(connect({ route: target.route, scheme, facts, accept }), request);
}

/** Of the visitor nothing but where he is: the call is the policy's. */
function clientOf({ clientIp, clientPort, serverIp, serverPort }: ConnectFacts): ConnectFacts {
  return { clientIp, clientPort, serverIp, serverPort, serverName: null };
}

interface Connecting extends Pick<InternalCallDeps, 'accept'> {
  readonly route: Route;
  readonly scheme: HttpScheme;
  readonly facts: ConnectFacts;
}

function connect({ route, scheme, facts, accept }: Connecting): Duplex {
  const [near, far] = [new LocalEnd(), new LocalEnd()];
  near.connect(far);
  accept(far, { facts, scheme, alpn: 'http/1.1', demands: null, fixedRoute: route });
  return near;
}

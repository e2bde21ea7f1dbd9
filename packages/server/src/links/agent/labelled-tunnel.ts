import { AditError, type Id, newId } from '@adit/contracts';
import type { StartTunnelWithLabel } from '@adit/wire';
import type { Directory } from '../../directory/directory.ts';
import type { LabelledRequest } from '../../directory/labelled-tunnel.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { hostOfLabels, type Labels, labelProblem } from '../../domain/labels.ts';
import { formatRequirement, type Requirement } from '../../domain/requirement.ts';
import { emptyChain } from '../../policy/run/empty-chain.ts';
import type { SessionIdentity } from './authenticator.ts';
import { shown } from './bind-facts.ts';
import { upstreamProtocolOf } from './bind-options.ts';

/** What an agent says of a tunnel that has labels and no address. */
export interface LabelledTunnel extends Pick<Endpoint, 'forwardsTo' | 'metadata' | 'upstreamProtocol'> {
  readonly labels: Labels;
}

/** @throws {AditError} 301: what it says are no labels. 9403: its upstream speaks something else than HTTP. */
export function readLabelledTunnel(request: StartTunnelWithLabel): LabelledTunnel {
  const problem = labelProblem(request.Labels);
  if (problem !== null) throw new AditError(301, `Cannot open a tunnel with these labels: ${problem}`);
  return {
    labels: request.Labels as Labels,
    forwardsTo: shown(request.ForwardsTo),
    metadata: request.Metadata,
    // Of other visitors nobody asks what the upstream speaks.
    upstreamProtocol: upstreamProtocolOf({ ForwardsProto: request.ForwardsProto, Proto: 'https' }),
  };
}

/** @throws {AditError} 9409: it would have no policies, whatever is required. */
export function refuseRequirements(requires: readonly Requirement[]): void {
  if (requires.length === 0) return;
  const list = requires.map(formatRequirement).join('; ');
  const instead = 'Give the policies to the edge, and open the tunnel with another credential';
  throw new AditError(
    9409,
    `Cannot open a labelled tunnel: its credential requires ${list}, and such a tunnel has no policies. ${instead}`,
  );
}

/** Under which it is remembered that a session may not open a tunnel again: it comes back without its id. */
export function stoppedTunnel(sessionId: Id<'agentSession'>, labels: Labels): string {
  return `${sessionId} ${hostOfLabels(labels)}`;
}

/** What of a tunnel goes online. */
export function labelledRequest(
  tunnel: LabelledTunnel,
  { sessionId, principal, ...deps }: Pick<SessionIdentity, 'sessionId' | 'principal'> & SiblingDeps & { clock: Clock },
): Omit<LabelledRequest, 'link'> {
  const { accountId, credentialId } = principal;
  const createdAtMs = deps.clock.timeOfDay();
  const sibling = siblingOf(tunnel, { sessionId, accountId }, deps);
  return {
    ...tunnel,
    ...{ name: '', description: '', chain: emptyChain, accountId, credentialId, agentSessionId: sessionId },
    endpointId: sibling?.id ?? newId('endpoint', createdAtMs),
    createdAtMs: sibling?.createdAtMs ?? createdAtMs,
  };
}

interface SiblingDeps {
  readonly directory: Pick<Directory, 'labelledAs'>;
  /** Whether this leg serves an endpoint already. */
  has(endpointId: Id<'endpoint'>): boolean;
}

/**
 * The same tunnel, as another leg of the session has it online: the request does not say that it is (agent protocol, §10.3). Of
 * several that are alike it does not matter which.
 */
function siblingOf(
  { labels, forwardsTo, metadata }: LabelledTunnel,
  { sessionId, accountId }: { sessionId: Id<'agentSession'>; accountId: Id<'account'> },
  { directory, has }: SiblingDeps,
): Endpoint | undefined {
  return directory
    .labelledAs(accountId, labels)
    .filter((one) => one.agentSessionId === sessionId && !has(one.id))
    .find((one) => one.forwardsTo === forwardsTo && one.metadata === metadata);
}

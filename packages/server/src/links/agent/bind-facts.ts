import { AditError } from '@adit/contracts';
import type { BindRequest, PatchTunnelState } from '@adit/wire';
import type { EndpointChange } from '../../directory/publication.ts';
import type { Endpoint } from '../../domain/endpoint.ts';

/** UTF-16 units of a text that is shown and nothing else; what is longer is cut. */
const maxShownChars = 1_024;

/** What is shown to people, as the agent says it. */
export function shownFacts({
  ForwardsTo,
  Extra,
}: BindRequest): Pick<Endpoint, 'forwardsTo' | 'name' | 'description' | 'metadata'> {
  return {
    forwardsTo: shown(ForwardsTo),
    name: shown(Extra.Name),
    description: shown(Extra.Description),
    metadata: Extra.Metadata,
  };
}

/**
 * What a live endpoint is shown as from now on.
 *
 * @throws {AditError} 9403: something that cannot change is to change.
 */
export function changeOf(request: PatchTunnelState, { isPooled }: Endpoint): EndpointChange {
  const { Name: name, Description: description, Metadata: metadata, PoolingEnabled: pooled } = request;
  if (request.TrafficPolicy) throw unchangeable('TrafficPolicy');
  if (pooled !== null && pooled !== isPooled) throw unchangeable('PoolingEnabled');
  return {
    ...(name !== null && { name: shown(name) }),
    ...(description !== null && { description: shown(description) }),
    ...(metadata !== null && { metadata }),
  };
}

function unchangeable(what: string): AditError {
  return new AditError(9403, `Cannot change the endpoint: this server cannot change its ${what}`);
}

/** What of such a text is kept. */
export function shown(text: string): string {
  return text.slice(0, maxShownChars);
}

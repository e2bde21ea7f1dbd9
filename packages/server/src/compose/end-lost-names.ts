import { AditError } from '@adit/contracts';
import type { Directory } from '../directory/directory.ts';
import type { Reservations } from '../directory/reservations.ts';
import type { Log } from '../domain/log.ts';
import type { AgentSessions } from '../links/agent/agent-sessions.ts';
import type { CloudEndpoints } from '../links/cloud/cloud-endpoints.ts';

export interface LostNamesDeps {
  readonly directory: Pick<Directory, 'withoutRight'>;
  readonly agents: Pick<AgentSessions, 'stopEndpoint'>;
  readonly cloud: Pick<CloudEndpoints, 'stop'>;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Ends endpoints whose accounts have lost the right to their names: a name outside the domain is not reserved any more, or
 * another account has reserved it, through another server for instance. The answer stops it.
 */
export function endLostNames(reservations: Reservations, { directory, agents, cloud, log }: LostNamesDeps): () => void {
  return reservations.watch((changed) => {
    for (const { id: endpointId, accountId, url, agentSessionId } of directory.withoutRight(changed)) {
      const reason = new AditError(320, `Cannot serve "${url}": your account has no right to the name`);
      if (agentSessionId === null) cloud.stop(endpointId, reason);
      else agents.stopEndpoint({ accountId, endpointId }, reason);
      log.info({ accountId, endpointId }, 'Endpoint ended: its account has no right to its name any more');
    }
  });
}

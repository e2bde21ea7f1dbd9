import type { Id } from '@adit/contracts';
import type { CloudEndpointBody } from '../control/resources/cloud-endpoints.ts';
import type { KeptKind } from './follow-endpoints.ts';

/** A cloud endpoint is the endpoint that its document says. */
export const keptCloudEndpoints: KeptKind = {
  kind: 'endpoint',
  endpointsOf({ id, accountId, revision, description, metadata, createdAtMs, body }) {
    const { address, policy, isPooled } = body as CloudEndpointBody;
    return [
      {
        ...{ id: id as Id<'endpoint'>, accountId, revision, description, metadata, createdAtMs },
        ...{ address, policy, isPooled },
      },
    ];
  },
};

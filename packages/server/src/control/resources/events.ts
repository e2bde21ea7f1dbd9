import * as contract from '@adit/contracts/api';
import type { DocumentId } from '../../domain/document.ts';
import type { Resource } from './resource.ts';

interface DestinationBody {
  readonly format: 'JSON';
  /** But for what is secret of it. */
  readonly target: Json;
}

type Json = Readonly<Record<string, unknown>>;

export const eventDestinations: Resource<{ target?: Json }, DestinationBody> = {
  kind: 'eventDestination',
  contract: contract.eventDestinations,
  draft({ target }, { previous }) {
    if (target === undefined) return { body: { format: 'JSON', target: previous?.body.target ?? {} } };
    return { body: { format: 'JSON', target: withoutSecrets(target) }, secret: Buffer.from(JSON.stringify(target)) };
  },
  show: ({ body: { format, target } }) => ({ format, target }),
};

const secretFields: ReadonlySet<string> = new Set(['aws_secret_access_key', 'api_key', 'client_secret']);

function withoutSecrets(value: Json): Json {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secretFields.has(name))
      .map(([name, inner]) => [name, typeof inner === 'object' && inner ? withoutSecrets(inner as Json) : inner]),
  );
}

export interface SubscriptionBody {
  readonly types: readonly string[];
  readonly destinationIds: readonly DocumentId[];
}

interface SubscriptionInput {
  readonly sources?: readonly { readonly type: string }[];
  readonly destination_ids?: readonly string[];
}

export const eventSubscriptions: Resource<SubscriptionInput, SubscriptionBody> = {
  kind: 'eventSubscription',
  contract: contract.eventSubscriptions,
  async draft({ sources, destination_ids }, { previous, find }) {
    const destinationIds = [...(previous?.body.destinationIds ?? [])];
    if (destination_ids !== undefined) {
      destinationIds.length = 0;
      for (const id of new Set(destination_ids)) {
        destinationIds.push((await find('eventDestination', id, 'destination_ids')).id);
      }
    }
    const types = sources ? [...new Set(sources.map(({ type }) => type))] : (previous?.body.types ?? []);
    return { body: { types, destinationIds }, references: destinationIds };
  },
  show: ({ body: { types, destinationIds } }, { refer }) => ({
    sources: types.map((type) => ({ type })),
    destinations: destinationIds.map((id) => refer('eventDestination', id)),
  }),
};

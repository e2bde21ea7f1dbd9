import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorize, missing } from '../../domain/authorize.ts';
import type { Document } from '../../domain/document.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ApiServer, ControlDeps } from '../control-deps.ts';
import { expectationOf } from '../etag.ts';
import { noContent } from '../operation-docs.ts';
import { idParams, parseId } from '../parse-id.ts';
import { principalOf } from '../principal-of.ts';
import { checkSameId } from '../same-id.ts';
import { DocumentWriter } from './document-writer.ts';
import { eventSubscriptions, type SubscriptionBody } from './events.ts';
import { anyResource } from './resource.ts';

const resource = anyResource(eventSubscriptions);
const kind = 'eventSubscription';
const maxSources = 100;
const path = '/event_subscriptions/:id/sources';
const sourceParams = idParams.extend({ type: z.string().describe('Type of event.') });
const one = { params: sourceParams, response: { 200: contract.eventSource } } as const;
const schemas = {
  list: {
    ...{ operationId: 'listEventSources', summary: 'List every type of event that a subscription wants' },
    ...{ params: idParams, response: { 200: contract.eventSourceList } },
  },
  create: {
    ...{ operationId: 'createEventSource', summary: 'Have a subscription want one more type of event' },
    ...{ params: idParams, body: contract.createEventSourceBody, response: { 201: contract.eventSource } },
  },
  get: { operationId: 'getEventSource', summary: 'Read a type of event that a subscription wants', ...one },
  update: {
    ...{ operationId: 'updateEventSource', summary: 'Change a type of event that a subscription wants', ...one },
    body: contract.updateEventSourceBody,
  },
  delete: {
    ...{ operationId: 'deleteEventSource', summary: 'Have a subscription want a type of event no more' },
    ...{ requestHeaders: ['If-Match'] as const, params: sourceParams, response: { 204: noContent } },
  },
} as const;

/** The types of events of a subscription, one by one; the subscription itself has them as a list. */
export function addEventSourceRoutes(api: ApiServer, deps: ControlDeps): void {
  api.get(path, { schema: schemas.list }, async (request) => {
    const subscription = await find(principalOf(request), request.params.id);
    const uri = uriOf(subscription.id);
    return { uri, next_page_uri: null, sources: typesOf(subscription).map((type) => show(subscription.id, type)) };
  });

  api.post(path, { schema: schemas.create }, async (request, reply) => {
    const { type, subscription_id } = request.body;
    checkSameId(subscription_id, request.params.id);
    const { id } = await replaceTypes(request, (types) => withType(types, type));
    return reply.code(201).send(show(id, type));
  });

  api.get(`${path}/:type`, { schema: schemas.get }, async (request) => {
    const subscription = await find(principalOf(request), request.params.id);
    return show(subscription.id, wanted(typesOf(subscription), request.params.type));
  });

  api.patch(`${path}/:type`, { schema: schemas.update }, async (request) => {
    const { id, type } = request.params;
    checkSameId(request.body.subscription_id, id);
    checkSameId(request.body.type, type);
    const changed = await replaceTypes(request, (types) => {
      wanted(types, type);
      return types;
    });
    return show(changed.id, type);
  });

  api.delete(`${path}/:type`, { schema: schemas.delete }, async (request, reply) => {
    const { type } = request.params;
    await replaceTypes(request, (types) => types.filter((one) => one !== wanted(types, type)));
    return reply.code(204).send();
  });

  async function find({ accountId, ...principal }: Principal, text: string): Promise<Document> {
    const document = await deps.store.findDocument({ accountId, kind, id: parseId(kind, text) });
    if (!document) throw missing();
    authorize({ accountId, ...principal }, 'eventSubscription.list', { accountId, ownerId: null });
    return document;
  }

  function replaceTypes(
    request: FastifyRequest<{ Params: { id: string } }>,
    change: (types: readonly string[]) => readonly string[],
  ): Promise<Document> {
    const target = { id: parseId(kind, request.params.id), isExpected: expectationOf(request.headers) };
    return new DocumentWriter(deps, principalOf(request), resource).replace(target, {
      prepare: async () => undefined,
      draft(_, context) {
        if (!context.previous) throw missing();
        const sources = change(typesOf(context.previous)).map((type) => ({ type }));
        return resource.draft({ sources }, context);
      },
    });
  }

  const uriOf = (id: string) => `${deps.publicUrl()}/event_subscriptions/${id}/sources`;
  const show = (id: string, type: string) => ({ type, uri: `${uriOf(id)}/${type}` });
}

function typesOf(subscription: Document): readonly string[] {
  return (subscription.body as SubscriptionBody).types;
}

/** @throws {AditError} 9101: it is not among them. */
function wanted(types: readonly string[], type: string): string {
  if (!types.includes(type)) throw missing();
  return type;
}

/** @throws {AditError} 9109: it is among them. 9110: there are too many. */
function withType(types: readonly string[], type: string): readonly string[] {
  if (types.includes(type)) throw new AditError(9109, 'Cannot add the type of event: the subscription has it');
  if (types.length >= maxSources) throw new AditError(9110, `Cannot add the type of event: there are ${maxSources}`);
  return [...types, type];
}

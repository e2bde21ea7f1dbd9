import { z } from 'zod';
import { listFields } from './paging.ts';

const path = {
  subscription_id: z.string().optional().describe('The id of the path, which some clients send once more.'),
};
const type = z.string().regex(/^[a-z0-9_.*]{1,100}$/, 'must be the name of an event');

/** `POST /event_subscriptions/{id}/sources`. */
export const createEventSourceBody = z
  .strictObject({ ...path, type: type.describe('Type of event that is wanted as well.') })
  .meta({ id: 'EventSourceCreate' });

/** `PATCH /event_subscriptions/{id}/sources/{type}`: there is nothing yet that could change. */
export const updateEventSourceBody = z
  .strictObject({ ...path, type: type.optional().describe('The type of the path, which some clients send once more.') })
  .meta({ id: 'EventSourceUpdate' });

/** A type of event that a subscription wants. */
export const eventSource = z
  .object({
    type: z.string().describe('Type of event.'),
    uri: z.string().describe('Absolute URL of this object.'),
  })
  .meta({ id: 'EventSource' });

export const eventSourceList = z
  .object({
    sources: z.array(eventSource).describe('All types of events that the subscription wants.'),
    ...listFields,
  })
  .meta({ id: 'EventSourceList' });

import { z } from 'zod';
import { timestamp } from './text.ts';

const tracedAction = z
  .object({
    type: z.string().describe('The action, as policies write it; `expression`: a condition could not be evaluated.'),
    outcome: z.string().describe('`continue`, `deny`, `respond`, `close` or `reroute`.'),
    reason: z.string().nullable().describe('Why; null where it went on.'),
  })
  .meta({ id: 'TracedAction' });

const tracedRule = z
  .object({
    layer: z.string().describe('Whose rule it is: `organisation`, `endpoint` or `agent`.'),
    phase: z.string().describe('The phase, e.g. `on_http_request`.'),
    index: z.int().describe('Its place in the phase, from 0. Rules that options of an agent stand for come first.'),
    name: z.string().describe('Its name; empty: it has none.'),
    failed_condition: z.int().nullable().describe('The expression that did not hold, from 0; null: all held.'),
    actions: z.array(tracedAction).describe('The actions that were asked, in order.'),
  })
  .meta({ id: 'TracedRule' });

/** Why a request was refused. */
export const decisionTrace = z
  .object({
    request_id: z.string().describe('What the visitor’s error page shows.'),
    uri: z.string().describe('Absolute URL of this object.'),
    endpoint_id: z.string().describe('The endpoint that was asked for.'),
    endpoint_url: z.string().describe('Its URL.'),
    at: timestamp().describe('When (RFC 3339, UTC).'),
    client_ip: z.string().describe('Where the visitor came from.'),
    method: z.string().describe('Of the request.'),
    path: z.string().describe('Its path, without the query.'),
    outcome: z.string().describe('`deny`, `respond` or `close`.'),
    reason: z.string().describe('`<action>/<what>`, e.g. `restrict-ips/in-deny-list`.'),
    rules: z.array(tracedRule).describe('Every rule that was asked, in order.'),
  })
  .meta({ id: 'DecisionTrace' });
export type DecisionTraceBody = z.output<typeof decisionTrace>;

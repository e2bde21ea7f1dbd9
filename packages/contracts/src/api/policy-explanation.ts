import { z } from 'zod';
import { text } from './text.ts';

// As long as a visitor's own may be. More of a body no policy reads.
const maxHeadChars = 32_768;
const maxHeaderLines = 200;
/** 512 KiB, written in base64. */
const maxBodyChars = 699_052;
const maxIpChars = 45;

/** Who asks for what, of which endpoint. */
export const policyQuestion = z
  .strictObject({
    url: text(1_024).describe(
      'The URL of an endpoint, without a path: `https://app.example.com`, `tcp://example.com:20001`.',
    ),
    policy: text(524_288)
      .nullish()
      .describe(
        'Rules in place of its own, YAML or JSON: a draft. Then the endpoint need not be online. Default: those in force.',
      ),
    method: z.string().max(32).nullish().describe('Of the request. Default: `GET`.'),
    path: z.string().max(maxHeadChars).nullish().describe('Path and query of the request. Default: `/`.'),
    headers: z
      .array(
        z
          .string()
          .max(maxHeadChars)
          .regex(/^[^:]+:/, 'must be "name: value"'),
      )
      .max(maxHeaderLines)
      .nullish()
      .describe('Header lines of the request, each `name: value`, besides `Host`. Default: none.'),
    body: z.base64().max(maxBodyChars).nullish().describe('Content of the request, in base64. Default: none.'),
    client_ip: z
      .string()
      .max(maxIpChars)
      .nullish()
      .describe('The address that the visitor comes from, IPv4 or IPv6. Default: 203.0.113.7.'),
  })
  .meta({ id: 'PolicyQuestion' });
export type PolicyQuestionBody = z.input<typeof policyQuestion>;

const condition = z
  .object({
    text: z.string().describe('The expression, as it was written.'),
    holds: z.boolean().nullable().describe('Its value; null: it was not asked for, or cannot be told.'),
    failure: z.string().nullable().describe('Why it cannot be told; null: it can, or was not asked for.'),
  })
  .meta({ id: 'ExplainedCondition' });

const action = z
  .object({
    type: z.string().describe('The action, as policies write it; `expression`: a condition could not be evaluated.'),
    outcome: z.string().describe('`continue`, `deny`, `respond`, `close` or `reroute`.'),
    reason: z.string().nullable().describe('Why; null where it went on.'),
    would_call: z
      .boolean()
      .describe('It would ask another service, which explaining does not: it answers as if nobody had been there.'),
  })
  .meta({ id: 'ExplainedAction' });

const rule = z
  .object({
    layer: z.string().describe('Whose rule it is: `organisation`, `endpoint` or `agent`.'),
    phase: z.string().describe('`on_tcp_connect` or `on_http_request`.'),
    index: z.int().describe('Its place in the phase, from 0. Rules that options of an agent stand for come first.'),
    name: z.string().describe('Its name; empty: it has none.'),
    is_asked: z.boolean().describe('False: something before it had ended the phase, or the phase is not asked there.'),
    conditions: z.array(condition).describe('Its expressions, in order.'),
    actions: z.array(action).describe('The actions that were asked, in order.'),
  })
  .meta({ id: 'ExplainedRule' });

const hop = z
  .object({
    endpoint_id: z.string().describe('The endpoint; empty: one that is not there yet.'),
    url: z.string().describe('Its URL.'),
    is_pooled: z.boolean().describe('True: others may share its URL, with other rules. This is any one of them.'),
    rules: z.array(rule).describe('The rules of all its layers, in the order in which they are asked.'),
  })
  .meta({ id: 'ExplainedHop' });

const line = z.object({
  name: z.string().describe('Name of the header.'),
  value: z.string().nullable().describe('Its value; null: a secret may be in it.'),
});

/** What would become of that visitor. */
export const policyExplanation = z
  .object({
    outcome: z
      .enum(['allow', 'deny', 'respond', 'close', 'reroute'])
      .describe(
        '`allow`: the visitor gets to the service. `deny`: refused. `respond`: a policy answers. `close`: the connection ends. ' +
          '`reroute`: on to an internal endpoint that is not known; only without a server.',
      ),
    reason: z.string().nullable().describe('`<action>/<what>`, or the code of an error; null where it is allowed.'),
    error_code: z.string().nullable().describe('`ERR_ADIT_…`, as the visitor is shown it; null: no error.'),
    status: z.int().nullable().describe('Of what the visitor is answered here; null: nothing is answered here.'),
    hops: z
      .array(hop)
      .describe('The endpoint that is asked for, then each internal one that rules send the visitor on to.'),
    forwarded: z
      .object({
        target: z.string().nullable().describe('Path and query; null: a secret may be in it.'),
        headers: z.array(line).describe('Every header line, in order.'),
        is_unwrapped: z
          .boolean()
          .describe('True: in place of all that, the service gets the bytes of the WebSocket that is asked for.'),
      })
      .nullable()
      .describe('The request as the service gets it; null: it gets none, or the endpoint does not speak HTTP.'),
  })
  .meta({ id: 'PolicyExplanation' });
export type PolicyExplanationBody = z.output<typeof policyExplanation>;

// Keys of an endpoint that say what the server does for it; a tunnel of version 2 has the same.
import { z } from 'zod';

const text = z.string().min(1);
const list = z.array(text);
const headerChanges = z.strictObject({ add: list.optional(), remove: list.optional() });
const own = "Not in ngrok's format";

/** They are checked further, together with what flags say, where an endpoint is defined. */
export const policyKeys = {
  traffic_policy: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Rules in the Traffic Policy language, which are in force as long as the endpoint is online'),
  traffic_policy_file: text.optional().describe('The same in a file of its own, YAML or JSON, relative to this one'),
  traffic_policy_url: text
    .optional()
    .describe('The same from an https URL (http on this machine only), fetched at the start and at each restart'),
  basic_auth: z
    .array(text)
    .min(1)
    .optional()
    .describe(`http only: visitors must know one of these, user:password. Secret. ${own}`),
  basic_auth_file: text.optional().describe(`The same in a file, one in each line, relative to this one. ${own}`),
  circuit_breaker: z
    .number()
    .optional()
    .describe(`http only: no more requests for a while when more than this share, 0 to 1, is answered 5xx. ${own}`),
  compression: z.boolean().optional().describe(`http only: compress answers. Default: false. ${own}`),
  websocket_tcp_converter: z
    .boolean()
    .optional()
    .describe(`http only: visitors speak WebSocket, your service gets the bytes. Default: false. ${own}`),
  request_header: headerChanges
    .optional()
    .describe(`http only: \`add\` takes "name: value" lines for your service, \`remove\` names. ${own}`),
  response_header: headerChanges.optional().describe(`The same for answers on their way to visitors. ${own}`),
  user_agent_filter: z
    .strictObject({ allow: list.optional(), deny: list.optional() })
    .optional()
    .describe(`http only: \`allow\` and \`deny\` take regular expressions on User-Agent. ${own}`),
  verify_webhook: z
    .strictObject({ provider: text, secret: text.optional(), secret_file: text.optional() })
    .optional()
    .describe(
      `http only: let in only what \`provider\`, such as github, has signed; \`secret\` or \`secret_file\`. Secret. ${own}`,
    ),
};

const schema = z.strictObject(policyKeys);
export type PolicyKeys = z.output<typeof schema>;

/** Those that are for http only. */
export const httpPolicyKeys: readonly string[] = Object.keys(policyKeys).filter((key) => !key.startsWith('traffic_'));

/** Those of them that a record has, as they are. */
export function pickPolicies(keys: PolicyKeys): PolicyKeys {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => Object.hasOwn(policyKeys, key)));
}

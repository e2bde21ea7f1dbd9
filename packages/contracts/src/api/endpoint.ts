import { z } from 'zod';
import { type FilterFields, usualFilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { reference } from './reference.ts';
import { timestamp } from './text.ts';

/** An endpoint that is online now. Those of agents are made by agents and only read here. */
export const endpoint = z
  .object({
    id: z.string().describe('Id of the endpoint (`ep_…`). A new one each time it comes online.'),
    uri: z.string().describe('Absolute URL of this object.'),
    created_at: timestamp().describe('When it came online (RFC 3339, UTC).'),
    updated_at: timestamp().describe('When it last changed (RFC 3339, UTC).'),
    type: z.literal('ephemeral').describe('`ephemeral`: belongs to an agent session and ends with it.'),
    url: z.string().describe('Its public address.'),
    public_url: z.string().describe('The same as `url`; for older clients.'),
    scheme: z.enum(['http', 'https', 'tls', 'tcp']).describe('How visitors reach it.'),
    proto: z.enum(['http', 'https', 'tls', 'tcp']).describe('The same as `scheme`; for older clients.'),
    host: z.string().describe('Host name of its public address.'),
    port: z.int().describe('Port of its public address.'),
    hostport: z.string().describe('`host:port`; for older clients.'),
    upstream_url: z.string().describe('What the agent says is behind it. For display only.'),
    metadata: z.string().describe('For programs: set by the agent, opaque to the server.'),
    description: z.string().describe('For people: set by the agent.'),
    name: z.string().describe('For people: set by the agent.'),
    region: z.string().describe('Always empty: one server is one place.'),
    bindings: z
      .array(z.enum(['public', 'internal']))
      .describe(
        'Who can reach it: `public`, whoever can reach this server; `internal`, other endpoints of the account.',
      ),
    pooling_enabled: z.boolean().describe('Whether several endpoints may have its URL at once.'),
    tunnel_session: reference.nullable().describe('The agent session that serves it; null for the server itself.'),
  })
  .meta({ id: 'Endpoint' });
export type EndpointBody = z.infer<typeof endpoint>;

export const endpointFilterFields = {
  ...usualFilterFields,
  ...{ type: 'string', bindings: 'list', url: 'string', pooling_enabled: 'bool' },
  ...{ scheme: 'string', region: 'string', name: 'string' },
} as const satisfies FilterFields;

export const endpointList = z
  .object({
    endpoints: z.array(endpoint).describe('Endpoints that are online now, newest first.'),
    ...listFields,
  })
  .meta({ id: 'EndpointList' });

/** How an endpoint that is online is. */
export const endpointHealth = z
  .object({
    state: z
      .enum(['healthy', 'agent_alive', 'upstream_slow', 'upstream_refusing', 'link_down'])
      .describe(
        'What a visitor meets: `healthy`; `agent_alive`, the agent answers and of the upstream nothing is known; ' +
          '`upstream_slow`; `upstream_refusing`, it cannot be reached; `link_down`, the agent does not answer or does not serve it.',
      ),
    checked_at: timestamp().describe('When it was last probed (RFC 3339, UTC): at most once in five seconds.'),
    link_ms: z.int().nullable().describe('Milliseconds to the agent and back; null: no answer.'),
    upstream: z
      .enum(['ok', 'refused', 'timeout', 'unreachable', 'tls', 'unknownBind', 'unknown'])
      .describe('What the agent met when it dialled the upstream; `unknown` where it cannot be asked.'),
    upstream_ms: z.int().nullable().describe('Milliseconds until the upstream had accepted; null: not asked.'),
    last_failure: z
      .object({
        error_code: z.string().describe('`ERR_ADIT_…`, as the visitor was shown it.'),
        at: timestamp().describe('When (RFC 3339, UTC).'),
      })
      .nullable()
      .describe('The last connection of a visitor that failed; null: none since it came online.'),
  })
  .meta({ id: 'EndpointHealth' });
export type EndpointHealthBody = z.infer<typeof endpointHealth>;

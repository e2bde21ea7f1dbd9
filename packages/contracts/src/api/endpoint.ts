import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';
import { text, timestamp } from './text.ts';

const binding = z.enum(['public', 'internal']);
const scheme = z.enum(['http', 'https', 'tls', 'tcp']);
const policy = text(524_288);

/** Why something is not online; null: it is. */
export const offlineReason = z
  .object({
    error_code: z.string().describe('`ERR_ADIT_…`.'),
    msg: z.string().describe('Why, for people.'),
  })
  .nullable();

const shownFields = {
  id: z.string().describe('Id of the endpoint (`ep_…`). Of an agent’s a new one each time it comes online.'),
  uri: z.string().describe('Absolute URL of this object.'),
  created_at: timestamp().describe('When it was made, or came online (RFC 3339, UTC).'),
  updated_at: timestamp().describe('When it last changed (RFC 3339, UTC).'),
  type: z
    .enum(['ephemeral', 'edge', 'cloud'])
    .describe(
      '`ephemeral`: belongs to an agent session and ends with it; `edge`: an address of an edge; both only read here. `cloud`: kept until it is deleted.',
    ),
  url: z.string().describe('Its address as visitors see it.'),
  public_url: z.string().describe('The same as `url`; for older clients.'),
  scheme: scheme.describe('How visitors reach it.'),
  proto: scheme.describe('The same as `scheme`; for older clients.'),
  host: z.string().describe('Host name of its address.'),
  port: z.int().describe('Port of its address.'),
  hostport: z.string().describe('`host:port`; for older clients.'),
  upstream_url: z.string().describe('What the agent says is behind it. For display only.'),
  metadata: z.string().describe('For programs: opaque to the server.'),
  description: z.string().describe('For people: what it is for.'),
  name: z.string().describe('For people: set by the agent.'),
  region: z.string().describe('Always empty: one server is one place.'),
  traffic_policy: z
    .string()
    .describe('Its rules, as they were given; empty for one of an agent, which has them from there.'),
  bindings: z
    .array(binding)
    .describe('Who can reach it: `public`, whoever can reach this server; `internal`, other endpoints of the account.'),
  pooling_enabled: z.boolean().describe('Whether several endpoints may have its URL at once.'),
  tunnel_session: reference.nullable().describe('The agent session that serves it; null where none does.'),
  edge: reference.nullable().describe('The edge whose address it is; null: of none.'),
  offline: offlineReason.describe(
    'Why this server cannot have it online; it tries again by itself. Null: it is online, or about to be.',
  ),
};

export type EndpointBody = z.infer<z.ZodObject<typeof shownFields>>;

/** Cloud endpoints are made and changed here; those of agents are made by agents and only read. */
export const endpoints: ResourceContract = resource({
  title: 'an endpoint',
  idKind: 'endpoint',
  path: '/endpoints',
  listKey: 'endpoints',
  create: {
    url: text(1_024).describe('Its whole address, e.g. `https://shop.example.com`, `https://users.internal`.'),
    type: z.literal('cloud').nullish().describe('Only `cloud`; the others are made by agents. Default `cloud`.'),
    traffic_policy: policy.describe('Its rules, YAML or JSON. They must answer or forward in every case.'),
    bindings: z
      .array(binding)
      .max(1)
      .nullish()
      .describe('Who can reach it. Default: what its URL says; `internal` if that ends in `.internal`.'),
    pooling_enabled: z.boolean().nullish().describe('Whether others may have its URL, too. Default false.'),
  },
  update: {
    url: text(1_024).nullish().describe('Its whole new address, of the same scheme. Default: as it is.'),
    traffic_policy: policy.nullish().describe('Its new rules. Default: as they are.'),
    bindings: z.array(binding).max(1).nullish().describe('Who can reach it: what its URL says. Default: as it is.'),
    pooling_enabled: z.boolean().nullish().describe('Whether others may have its URL, too. Default: as it is.'),
  },
  fields: shownFields,
  filterFields: {
    ...{ type: 'string', bindings: 'list', url: 'string', pooling_enabled: 'bool' },
    ...{ scheme: 'string', region: 'string', name: 'string' },
  },
});

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

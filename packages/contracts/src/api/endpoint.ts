import { z } from 'zod';
import { listFields } from './paging.ts';
import { timestamp } from './text.ts';

/** Points at another object. */
export const reference = z.object({
  id: z.string().describe('Id of the object.'),
  uri: z.string().describe('Absolute URL of the object.'),
});

/** An endpoint that is online now. Those of agents are made by agents and only read here. */
export const endpoint = z.object({
  id: z.string().describe('Id of the endpoint (`ep_…`). A new one each time it comes online.'),
  uri: z.string().describe('Absolute URL of this object.'),
  created_at: timestamp().describe('When it came online (RFC 3339, UTC).'),
  updated_at: timestamp().describe('When it last changed (RFC 3339, UTC).'),
  type: z.literal('ephemeral').describe('`ephemeral`: belongs to an agent session and ends with it.'),
  url: z.string().describe('Its public address.'),
  public_url: z.string().describe('The same as `url`; for older clients.'),
  scheme: z.enum(['http', 'https']).describe('How visitors reach it.'),
  proto: z.enum(['http', 'https']).describe('The same as `scheme`; for older clients.'),
  host: z.string().describe('Host name of its public address.'),
  port: z.int().describe('Port of its public address.'),
  hostport: z.string().describe('`host:port`; for older clients.'),
  upstream_url: z.string().describe('What the agent says is behind it. For display only.'),
  metadata: z.string().describe('For programs: set by the agent, opaque to the server.'),
  description: z.string().describe('For people. Always empty at present.'),
  name: z.string().describe('Always empty at present.'),
  region: z.string().describe('Always empty: one server is one place.'),
  bindings: z.array(z.literal('public')).describe('Who can reach it: `public`, everybody who can reach this server.'),
  pooling_enabled: z.boolean().describe('Whether several agents may serve it at once. Always false at present.'),
  tunnel_session: reference.nullable().describe('The agent session that serves it; null for the server itself.'),
});
export type EndpointBody = z.infer<typeof endpoint>;

export const endpointList = z.object({
  endpoints: z.array(endpoint).describe('Endpoints that are online now, newest first.'),
  ...listFields,
});

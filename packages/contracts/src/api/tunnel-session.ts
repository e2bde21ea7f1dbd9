import { z } from 'zod';
import type { FilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { reference } from './reference.ts';
import { idOfPath } from './resource.ts';
import { timestamp } from './text.ts';

/** An agent that is connected now. */
export const tunnelSession = z
  .object({
    id: z
      .string()
      .describe('Id of the session (`ts_…`). Kept when the agent reconnects; a restarted agent has a new one.'),
    uri: z.string().describe('Absolute URL of this object.'),
    started_at: timestamp().describe('When its agent connected (RFC 3339, UTC).'),
    agent_version: z.string().describe('Version of the agent or SDK, as it says.'),
    os: z.string().describe('Operating system of the agent, as it says.'),
    ip: z.string().describe('Address that the agent connected from.'),
    transport: z.enum(['ngrok/v2', 'adit/1']).describe('`ngrok/v2`: as SDKs speak it; `adit/1`: as our own agents do.'),
    metadata: z.string().describe('For programs: set by the agent, opaque to the server.'),
    region: z.string().describe('Always empty: one server is one place.'),
    credential: reference.describe('The authtoken that opened it.'),
  })
  .meta({ id: 'TunnelSession' });
export type TunnelSessionBody = z.infer<typeof tunnelSession>;

export const tunnelSessionFilterFields = {
  ...{ id: 'id', started_at: 'timestamp', metadata: 'string', agent_version: 'string' },
  ...{ ip: 'string', os: 'string', region: 'string', 'credential.id': 'id' },
} as const satisfies FilterFields;

export const tunnelSessionList = z
  .object({
    tunnel_sessions: z.array(tunnelSession).describe('Agents that are connected now, newest first.'),
    ...listFields,
  })
  .meta({ id: 'TunnelSessionList' });

/** `POST /tunnel_sessions/{id}/restart`, `…/stop` and `…/update`: the body may be left out. */
export const agentCommandBody = z.strictObject(idOfPath).meta({ id: 'AgentCommand' });

import { z } from 'zod';
import { listFields } from './paging.ts';
import { reference } from './reference.ts';
import { timestamp } from './text.ts';

/** What an agent serves, as it was shown before there were endpoints. */
export const tunnel = z
  .object({
    id: z.string().describe('Id of the tunnel (`tn_…`).'),
    public_url: z.string().describe('Where visitors reach it. Empty: it has labels.'),
    started_at: timestamp().describe('When it came online (RFC 3339, UTC).'),
    metadata: z.string().describe('For programs: what the agent says.'),
    proto: z.string().describe('`https`, `http`, `tls` or `tcp`. Empty: it has labels.'),
    region: z.string().describe('Always empty.'),
    tunnel_session: reference.nullable().describe('The agent session that serves it.'),
    endpoint: reference.nullable().describe('The endpoint that it is; null: it has labels.'),
    labels: z.record(z.string(), z.string()).describe('What backends of edges find it by; `{}`: it has an address.'),
    backends: z.array(reference).describe('Always empty.'),
    forwards_to: z.string().describe('The service behind it, as the agent names it.'),
  })
  .meta({ id: 'Tunnel' });
export type TunnelBody = z.infer<typeof tunnel>;

export const tunnelList = z
  .object({ tunnels: z.array(tunnel).describe('Newest first.'), ...listFields })
  .meta({ id: 'TunnelList' });

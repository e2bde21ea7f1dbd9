// Version 2 of the configuration file: the agent's keys at the top, endpoints in a map called `tunnels`.
import { z } from 'zod';
import { policyKeys } from './policy-keys.ts';

const text = z.string().min(1);
const list = z.array(text);

/**
 * One entry of `tunnels`. `addr`, and `proto` or `labels`, may come from another file, so they are asked for after merging.
 */
export const tunnelSchema = z.strictObject({
  proto: z.enum(['http', 'tcp', 'tls']).optional(),
  addr: z.union([text, z.int()]).transform(String).optional(),
  labels: list.min(1).optional(),
  domain: text.optional(),
  hostname: text.optional(),
  subdomain: text.optional(),
  schemes: z
    .array(z.enum(['http', 'https']))
    .min(1)
    .optional(),
  remote_addr: text.optional(),
  metadata: z.string().max(4096).optional(),
  inspect: z.boolean().optional(),
  proxy_proto: z
    .union([
      z.literal(0),
      z.literal(1),
      z.literal(2),
      z.literal('').transform(() => 0 as const),
      z.literal('1').transform(() => 1 as const),
      z.literal('2').transform(() => 2 as const),
    ])
    .optional(),
  host_header: text.optional(),
  ip_restriction: z.strictObject({ allow_cidrs: list.optional(), deny_cidrs: list.optional() }).optional(),
  crt: text.optional(),
  key: text.optional(),
  mutual_tls_cas: text.optional(),
  terminate_at: z.enum(['agent', 'upstream', 'edge']).optional(),
  ...policyKeys,
  /** The name of `basic_auth` in version 1. */
  auth: z.union([text.transform((one) => [one]), z.array(text).min(1)]).optional(),
  /** The older name of `traffic_policy`. */
  policy: policyKeys.traffic_policy,
});

export type TunnelKeys = z.output<typeof tunnelSchema>;

/** Keys of the agent that version 2 calls something else. */
export const renamedAgentKeys: Readonly<Record<string, string>> = {
  server_addr: 'connect_url',
  root_cas: 'connect_cas',
};

/** A file of version 2, moved to where version 3 has the same keys; nothing is checked. */
export function inVersion3(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { version: _, tunnels, region: _ignored, ...agent } = raw;
  const renamed = Object.entries(agent).map(([key, value]) => [renamedAgentKeys[key] ?? key, value]);
  return { version: 3, agent: Object.fromEntries(renamed), ...(tunnels === undefined ? {} : { tunnels }) };
}

// The agent's configuration file, as far as it is supported: version 3 of ngrok's format. What is known and refused is in
// ./refused-keys.ts, version 2 in ./tunnel-config.ts; anything else is an unknown key.
import { connectLimits } from '@adit/sdk';
import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { policyKeys } from './policy-keys.ts';
import { tunnelSchema } from './tunnel-config.ts';

const text = z.string().min(1);
const duration = z
  .string()
  .refine((value) => parseDuration(value) !== undefined, { error: 'write it as 10s or 1m30s' });
const logTarget = z.union([text, z.literal(false)]);

/** The keys below `agent`; in version 2 they stand at the top. */
const agentKeys = {
  authtoken: text.optional().describe('The credential. Secret. ADIT_AUTHTOKEN wins over it'),
  api_key: text.optional().describe('The key of `adit api`. Secret. ADIT_API_KEY wins over it'),
  api_url: text
    .optional()
    .describe("Address of the API for `adit api`, e.g. https://api.example.com. Not in ngrok's format"),
  connect_url: text.optional().describe('host:port of the server; port 443 if none is given'),
  connect_cas: text
    .optional()
    .describe('PEM file of the CA to trust, relative to this file; "host" or absent: the roots of the system'),
  connect_timeout: duration.optional().describe('How long one attempt to reach the server may take. Default: 10s'),
  heartbeat_interval: duration.optional().describe('Pause between two heartbeats, 1s to 5m. Default: 7s'),
  heartbeat_tolerance: duration
    .optional()
    .describe('How late an answer to a heartbeat may be before the agent reconnects, 1s to 5m. Default: 6s'),
  legs: z
    .int()
    .min(1)
    .max(connectLimits.maxLegs)
    .optional()
    .describe("Connections to the server that the session keeps, 1 to 8. Not in ngrok's format. Default: 1"),
  proxy_url: text
    .optional()
    .describe('Proxy on the way out: http://[user:password@]host:port or socks5://… Default: https_proxy, all_proxy'),
  metadata: z.string().max(4096).optional().describe('Your own text about the session, at most 4,096 characters'),
  console_ui: z
    .union([z.boolean(), z.literal('iftty')])
    .optional()
    .describe('Whether to draw the screen: true, false or iftty. Default: iftty'),
  log: logTarget.optional().describe('Where log lines go: stdout, stderr, a file, or false. As --log'),
  log_format: z.enum(['term', 'logfmt', 'json']).optional().describe('term, logfmt or json. As --log-format'),
  log_level: z
    .enum(['debug', 'info', 'warn', 'error', 'crit'])
    .optional()
    .describe('Least level that is logged: debug, info, warn, error or crit. Default: info'),
  inspect_db_size: z
    .int()
    .min(-1)
    .optional()
    .describe('Bytes of memory for captured requests; 0: 50 MB; -1: nothing is captured. Default: 0'),
  web_addr: logTarget
    .optional()
    .describe('Where the inspector listens; false: nowhere. Default: 127.0.0.1:4040, or the next free port'),
  web_allow_hosts: z
    .array(text)
    .optional()
    .describe('Names by which the inspector may be called besides loopback ones: a host, .suffix, IP address or CIDR'),
  remote_management: z
    .boolean()
    .optional()
    .describe('Whether an operator may stop and restart the agent from the server. Default: true'),
  update_check: z.literal(false).optional().describe('The agent never updates itself: always false'),
};

const port = z.union([text, z.int()]).transform(String);

const upstreamSchema = z.strictObject({
  url: port.describe('Your service: a port, host:port, or a URL (http, https, tcp, tls, file)'),
  protocol: z.enum(['http1', 'http2']).optional().describe('What your service speaks. Default: http1'),
  proxy_protocol: z
    .union([
      z.literal(1),
      z.literal(2),
      z.literal('1').transform(() => 1 as const),
      z.literal('2').transform(() => 2 as const),
    ])
    .optional()
    .describe('1 or 2: begin each connection with a PROXY header of this version, which names the visitor'),
  host_header: text
    .optional()
    .describe("preserve, rewrite (to the name of your service), or a name. Not in ngrok's format. Default: preserve"),
  tls_verify: z
    .boolean()
    .optional()
    .describe(
      "Whether the certificate of your service must be trusted. Not in ngrok's format. Default: unless loopback",
    ),
  tls_verify_cas: text
    .optional()
    .describe("PEM file of the CA that your service's certificate must come from. Not in ngrok's format"),
});

const tlsTerminationSchema = z.strictObject({
  server_certificate: text.describe('PEM certificate chain: a file, relative to this one, or the PEM text itself'),
  server_private_key: text.describe('Its private key, in the same ways. Secret'),
  mutual_tls_certificate_authorities: z
    .array(text)
    .optional()
    .describe('CAs, in the same ways; visitors must then show a certificate of one of them'),
});

const endpointSchema = z.strictObject({
  name: text.describe('What `adit start` calls it; unique'),
  url: z.string().optional().describe('The public URL, as --url. Default: a random https one'),
  labels: z
    .array(text)
    .min(1)
    .optional()
    .describe(
      "In place of a URL: what edges find it by, key=value each. Of the other keys only name, upstream, inspect, metadata and agent_tls_termination go with them. Not in ngrok's format",
    ),
  bindings: z
    .array(z.enum(['public', 'internal']))
    .length(1)
    .optional()
    .describe('A list of one: public or internal. Default: public; internal for names that end in .internal'),
  description: z.string().optional().describe('Your own words about the endpoint'),
  metadata: z.string().max(4096).optional().describe('Your own text about the endpoint, at most 4,096 characters'),
  inspect: z.boolean().optional().describe('Whether its requests are captured for the inspector. Default: true'),
  pooling_enabled: z
    .boolean()
    .optional()
    .describe('Share the URL with other endpoints that allow it, too. Default: false'),
  allow_cidrs: z.array(text).optional().describe("Let only these addresses in. Not in ngrok's format"),
  deny_cidrs: z.array(text).optional().describe("Keep these addresses out. Not in ngrok's format"),
  ...policyKeys,
  mutual_tls_cas: text
    .optional()
    .describe(
      "CAs, a PEM file or the text itself: the server lets only visitors with a certificate of one of them in. Not in ngrok's format",
    ),
  upstream: upstreamSchema,
  agent_tls_termination: tlsTerminationSchema
    .optional()
    .describe('tls endpoints, and labels for tls edges, only: the agent ends TLS with a certificate of yours'),
});

/** A file of version 3. */
export const agentConfigSchema = z.strictObject({
  version: z.union([z.literal(3), z.literal('3')]).describe('Version of the file format: 3'),
  agent: z.strictObject(agentKeys),
  endpoints: z.array(endpointSchema).optional().describe('What `adit start` brings online'),
  tunnels: z.record(z.string(), tunnelSchema).optional().describe('Endpoints as version 2 writes them'),
});

export type AgentKeys = z.output<typeof agentConfigSchema>['agent'];
export type EndpointKeys = z.output<typeof endpointSchema>;
/** A file of either version, in the words of version 3. */
export type ConfigDocument = Omit<z.output<typeof agentConfigSchema>, 'version'>;

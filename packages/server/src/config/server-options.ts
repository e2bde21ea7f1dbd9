// The server's options: one schema for the command line (`--data-dir`), the YAML file (`data-dir:`) and the reference
// page. Read once at the border, immutable afterwards. Nothing else in the server reads files or flags for settings.
import { z } from 'zod';
import { hostPort } from './host-port.ts';

// Not z.coerce: it takes an empty word for 0, and 0 means "any free port".
const port = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,5}$/, 'must be a number')
      .transform(Number),
  ])
  .pipe(z.number().int().max(65_535).nonnegative());
const hostName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

export const serverOptionsSchema = z.strictObject({
  'data-dir': z
    .string()
    .min(1)
    .optional()
    .describe('Directory of the database, keys and certificates. Default: $XDG_DATA_HOME/adit or ~/.local/share/adit'),
  domain: z
    .string()
    .toLowerCase()
    .regex(hostName, 'must be a host name such as example.com')
    .default('localhost')
    .describe('Endpoints get names below this domain. With "localhost" everything listens on loopback only'),
  listen: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe('Address of the public ports. Default: 127.0.0.1 for the domain localhost, otherwise all addresses'),
  'https-port': port
    .optional()
    .describe('Public HTTPS port; 0: any free one. Default: 8443 for localhost, otherwise 443'),
  'http-port': port.optional().describe('Public HTTP port; 0: any free one. Default: 8080 for localhost, otherwise 80'),
  'connect-listen': hostPort
    .prefault('127.0.0.1')
    .describe('Listener of its own for agents, host[:port]. Without a port: the one used before, else any free one'),
  'api-listen': hostPort
    .prefault('127.0.0.1')
    .describe('Listener of its own for the API, host[:port]. Without a port: the one used before, else any free one'),
  'operator-listen': hostPort
    .prefault('127.0.0.1')
    .describe('Plain HTTP listener of /healthz, /readyz and /metrics, host[:port]. Keep it off public networks'),
  'tls-cert': z.string().min(1).optional().describe('PEM certificate chain for all names; reloaded when it changes'),
  'tls-key': z.string().min(1).optional().describe('PEM private key of --tls-cert; reloaded when it changes'),
  'log-level': z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least level that is logged to stderr'),
  'ready-json': z
    .union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])
    .default(false)
    .describe('Print one JSON line with all addresses on stdout once everything listens'),
});

export type ServerOptionName = keyof typeof serverOptionsSchema.shape;
export type ServerOptions = Readonly<z.output<typeof serverOptionsSchema>>;

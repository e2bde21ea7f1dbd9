// The server's options: one schema for the command line (`--data-dir`), the YAML file (`data-dir:`) and the reference
// page. Read once at the border, immutable afterwards. Nothing else in the server reads files or flags for settings.
import { z } from 'zod';
import { addressRanges } from './address-ranges.ts';
import { hostPort } from './host-port.ts';
import { nameServer } from './name-server.ts';
import { portRange as ports } from './port-range.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** What stands for the value in help, e.g. `<dir>`; an option without one is a switch. */
    placeholder?: string;
    /** True: may be given several times; in the file it is a list. */
    isRepeatable?: boolean;
  }
}

const portRange = 'must be a number from 0 to 65535';
// Not z.coerce: it takes an empty word for 0, and 0 means "any free port".
const port = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
    ],
    portRange,
  )
  .pipe(z.number().int(portRange).max(65_535, portRange).nonnegative(portRange))
  .optional()
  .meta({ placeholder: '<port>' });
const path = z.string().min(1, 'must not be empty');
const file = path.optional().meta({ placeholder: '<file>' });
const urls = z
  .union([z.string().transform((url) => [url]), z.array(z.string())], 'must be a URL or a list of them')
  .pipe(
    z.array(z.url({ protocol: /^https$/, error: 'must be a URL that begins with https://' })).max(8, 'are too many'),
  );
const files = z
  .union([path.transform((one) => [one]), z.array(path)], 'must be a file or a list of them')
  .pipe(z.array(z.string()).max(8, 'are too many'));
const listener = hostPort.prefault('127.0.0.1').meta({ placeholder: '<host[:port]>' });
const ranges = addressRanges.meta({ placeholder: '<cidr>', isRepeatable: true });
const hostName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')], 'must be true or false')
  .default(false);
const rememberedPort = 'Default: 127.0.0.1. Without a port: the one used before, else any free one';

export const serverOptionsSchema = z.strictObject({
  'data-dir': path
    .optional()
    .meta({ placeholder: '<dir>' })
    .describe('Directory of the database, keys and certificates. Default: $XDG_DATA_HOME/adit or ~/.local/share/adit'),
  'database-url-file': path
    .refine(
      (word) => !/^[a-z]+:\/\//i.test(word),
      'must name a file. In place of it a URL would show its password to everybody',
    )
    .optional()
    .meta({ placeholder: '<file>' })
    .describe(
      'File that holds the URL of a PostgreSQL database, postgresql://user:password@host/database, for the data that is ' +
        'kept; the data directory keeps keys and certificates. Default: the URL in the environment variable ' +
        'ADIT_DATABASE_URL, else SQLite in the data directory',
    ),
  domain: z
    .string()
    .toLowerCase()
    .regex(hostName, 'must be a host name such as example.com')
    .default('localhost')
    .meta({ placeholder: '<name>' })
    .describe('Endpoints get names below this domain. Default: localhost, where everything listens on loopback only'),
  listen: z
    .union([z.ipv4(), z.ipv6()], 'must be an IP address')
    .optional()
    .meta({ placeholder: '<address>' })
    .describe('IP address of the public ports. Default: 127.0.0.1 for the domain localhost, otherwise all addresses'),
  'https-port': port.describe('Public HTTPS port; 0: any free one. Default: 8443 for localhost, otherwise 443'),
  'http-port': port.describe('Public HTTP port; 0: any free one. Default: 8080 for localhost, otherwise 80'),
  'tcp-ports': ports
    .prefault('20000-20999')
    .meta({ placeholder: '<first-last>' })
    .describe(
      'Ports of tcp endpoints, on the address of the public ports; "none": no tcp endpoints. Default: 20000-20999',
    ),
  'connect-listen': listener.describe(`Listener of its own for agents. ${rememberedPort}`),
  'api-listen': listener.describe(`Listener of its own for the API. ${rememberedPort}`),
  'operator-listen': listener.describe(
    `Plain HTTP listener of /healthz, /readyz and /metrics; keep it off public networks. ${rememberedPort}`,
  ),
  'proxy-protocol-from': ranges.describe(
    'Load balancers, by address range: each of their connections to the public ports must begin with a PROXY header ' +
      '(version 1 or 2), which says who the visitor is; may be given several times. Default: none',
  ),
  'trusted-proxy': ranges.describe(
    'HTTP proxies, by address range, whose X-Forwarded-For, -Proto and -Host lines are believed; they must set them, not ' +
      "pass on their visitors' own; may be given several times. Default: none",
  ),
  'outgoing-network': ranges.describe(
    'Addresses, by range, that policies of users may have this server call although they are not public, e.g. those of your own ' +
      'identity provider; may be given several times. Default: none',
  ),
  'geo-database': files
    .default([])
    .meta({ placeholder: '<file>', isRepeatable: true })
    .describe(
      'Database in the format of MaxMind (.mmdb) that says where addresses are, or in which autonomous system, for the geo policy ' +
        'and for expressions; may be given several times: what the first does not say the next one does. Read again when it changes. ' +
        'Default: none, and policies that ask are refused',
    ),
  'forwarded-header': flag.describe('Send upstreams a Forwarded header (RFC 7239) besides X-Forwarded-For'),
  'tls-cert': file.describe(
    'PEM certificate chain for all names; read again when it changes. Default: a development CA',
  ),
  'tls-key': file.describe('PEM private key of --tls-cert; read again when it changes'),
  'acme-email': z
    .email('must be an e-mail address such as ops@example.com')
    .optional()
    .meta({ placeholder: '<address>' })
    .describe(
      'Get certificates by ACME for the domain, for reserved names and for endpoints that are online, with this address for the ' +
        "account. Using it you agree to the authority's terms of service. Default: none are got",
    ),
  'acme-directory': urls
    .optional()
    .meta({ placeholder: '<url>', isRepeatable: true })
    .describe(
      'Directory of an ACME authority; may be given several times: the next one is asked when one is down or has had enough. ' +
        "Default: Let's Encrypt, https://acme-v02.api.letsencrypt.org/directory",
    ),
  'acme-eab-file': file.describe(
    'YAML file with kid and hmac-key, by which the first authority ties the account to one that you have there (external ' +
      'account binding). Default: none',
  ),
  'acme-ca-file': file.describe(
    'PEM roots that are trusted, besides the usual ones, when an ACME authority is asked: for one of your own. Default: none',
  ),
  'acme-dns-server': nameServer
    .optional()
    .meta({ placeholder: '<ip[:port]>' })
    .describe(
      'Primary name server, where names are proved by DNS UPDATE (RFC 2136, TSIG): then one certificate for *.<domain> serves all ' +
        'names, and wildcards that are reserved get theirs. Default: names are proved by answers of this server',
    ),
  'acme-dns-key-file': file.describe(
    'Key for --acme-dns-server, as tsig-keygen (BIND) or keymgr -t (Knot DNS) prints it: hmac-sha256, -sha384 or -sha512',
  ),
  'acme-dns-hook': file.describe(
    'Program that changes the DNS in place of --acme-dns-server. Called with "present <name>" or "remove <name>"; the text of the ' +
      'TXT record is in the environment variable ADIT_DNS_VALUE',
  ),
  'dns-resolver': nameServer
    .optional()
    .meta({ placeholder: '<ip[:port]>' })
    .describe(
      'Name server that is asked for the proofs of reserved domains, and whether those of this server can be seen. Default: those of ' +
        'the machine',
    ),
  'secrets-key-file': file.describe(
    'Keys that encrypt stored secrets; made at the first start. Keep a copy, apart from backups of the data. Instead of a ' +
      'file: the environment variable ADIT_SECRETS_KEY. Default: secrets.key in the data directory',
  ),
  'take-over': flag.describe(
    'Take the place of the server that runs on the same data directory: listen beside it, have its agents come here, and ' +
      'let it finish what is under way. Linux only',
  ),
  'log-level': z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
    .default('info')
    .meta({ placeholder: '<level>' })
    .describe('Least level that is logged to stderr: debug, info, warn, error or silent. Default: info'),
  'ready-json': flag.describe('Print one JSON line with all addresses on stdout once everything listens'),
});

export type ServerOptionName = keyof typeof serverOptionsSchema.shape;
export type ServerOptions = Readonly<z.output<typeof serverOptionsSchema>>;

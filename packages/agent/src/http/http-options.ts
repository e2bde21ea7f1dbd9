import { AditError } from '@adit/contracts';
import { parsePublicUrl, parseServerAddress, parseUpstream, type Upstream, type UpstreamProtocol } from '@adit/sdk';
import type { CommandIo, CommandOption, ParsedCommand } from '../command.ts';
import { loadConfig } from '../config/load-config.ts';

export const httpOptions: readonly CommandOption[] = [
  {
    name: 'url',
    value: '<url>',
    description: 'Public URL: "app", "app.example.com", or with https:// or http://. Default: a random https URL',
  },
  {
    name: 'upstream-protocol',
    value: '<protocol>',
    description: 'What your service speaks; gRPC needs http2 (h2c for http://, h2 for https://). Default: http1',
    choices: ['http1', 'http2'],
  },
  {
    name: 'config',
    value: '<file>',
    description: 'Configuration file. Default: $XDG_CONFIG_HOME/adit/adit.yml or ~/.config/adit/adit.yml',
  },
  {
    name: 'connect-url',
    value: '<host[:port]>',
    description: 'Address of the server; port 443 if none is given. Default: agent.connect_url of the file',
  },
  {
    name: 'connect-cas',
    value: '<file>',
    description:
      'PEM file of the only CA to trust; "host": those of the system. Default: agent.connect_cas of the file, else "host"',
  },
  {
    name: 'cidr-allow',
    value: '<range>',
    description: 'Let only these addresses in, e.g. 203.0.113.0/24; may be given several times',
    isRepeatable: true,
  },
  {
    name: 'cidr-deny',
    value: '<range>',
    description: 'Keep these addresses out; may be given several times',
    isRepeatable: true,
  },
  { name: 'metadata', value: '<text>', description: 'Your own text about the endpoint, at most 4,096 bytes' },
  {
    name: 'log-format',
    value: '<format>',
    description: 'Default: term on a terminal, else json',
    choices: ['term', 'json'],
  },
];

const maxMetadataBytes = 4096;

/** All that `adit http` works with, from command line, environment and file, in this order of precedence. */
export interface HttpSettings {
  readonly upstream: Upstream;
  readonly serverAddr: string;
  /** Secret. */
  readonly authtoken: string;
  readonly caFile: string | undefined;
  readonly sessionMetadata: string | undefined;
  readonly url: string | undefined;
  readonly metadata: string | undefined;
  readonly allowCidrs: readonly string[];
  readonly denyCidrs: readonly string[];
  /** Undefined: whatever suits stdout. */
  readonly format: 'term' | 'json' | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads and checks everything that can be checked without the server.
 *
 * @throws {AditError} 9304, 332, 326, 9201: an argument or option. 9200, 9201, 9202: the file. 9300: no token. 9307: no
 *   server address.
 */
export async function resolveHttpSettings(parsed: ParsedCommand, env: CommandIo['env']): Promise<HttpSettings> {
  const { options } = parsed;
  const upstream = parseUpstream(parsed.arguments[0] ?? '', protocolOf(single(options, 'upstream-protocol')));
  parsePublicUrl(single(options, 'url') ?? '');
  const { values, warnings, file } = await loadConfig(env, single(options, 'config'));
  const serverAddr = single(options, 'connect-url') ?? values.connect_url;
  const authtoken = env['ADIT_AUTHTOKEN'] || values.authtoken;
  if (serverAddr === undefined) {
    throw new AditError(9307, `Cannot start: no server address is given, and there is none in "${file}"`);
  }
  if (authtoken === undefined) {
    throw new AditError(9300, `Cannot start: ADIT_AUTHTOKEN is not set, and there is no authtoken in "${file}"`);
  }
  parseServerAddress(serverAddr);
  const cas = single(options, 'connect-cas') ?? values.connect_cas;
  return {
    upstream,
    serverAddr,
    authtoken,
    caFile: cas === 'host' ? undefined : cas,
    sessionMetadata: values.metadata,
    url: single(options, 'url'),
    metadata: metadataOf(single(options, 'metadata')),
    allowCidrs: several(options, 'cidr-allow'),
    denyCidrs: several(options, 'cidr-deny'),
    format: formatOf(single(options, 'log-format')),
    warnings,
  };
}

/** The server would refuse it as well, but only after everything else has worked. */
function metadataOf(text: string | undefined): string | undefined {
  if (text === undefined || Buffer.byteLength(text) <= maxMetadataBytes) return text;
  throw new AditError(9201, 'Cannot use --metadata: it is longer than 4,096 bytes');
}

function protocolOf(text: string | undefined): UpstreamProtocol | undefined {
  if (text === undefined || text === 'http1' || text === 'http2') return text;
  throw new AditError(9201, 'Cannot use --upstream-protocol: it must be http1 or http2');
}

function formatOf(text: string | undefined): 'term' | 'json' | undefined {
  if (text === undefined || text === 'term' || text === 'json') return text;
  throw new AditError(9201, 'Cannot use --log-format: it must be term or json');
}

function single(options: ParsedCommand['options'], name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : value?.at(-1);
}

function several(options: ParsedCommand['options'], name: string): readonly string[] {
  const value = options[name] ?? [];
  return typeof value === 'string' ? [value] : value;
}

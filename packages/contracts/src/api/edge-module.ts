// The modules of edges and their routes, as they are written and as they are shown.
import { z } from 'zod';
import { reference } from './reference.ts';
import { text } from './text.ts';

type Fields = Readonly<Record<string, z.ZodType>>;

/** One module: what `PUT` takes, and what is shown where that differs. */
interface EdgeModule {
  readonly title: string;
  /** Body of `PUT`. */
  readonly write: z.ZodType;
  readonly read: z.ZodType;
}

const enabled = { enabled: z.boolean().nullish().describe('False: it is kept and does nothing. Default: true.') };
const isEnabled = { enabled: z.boolean().describe('Whether it does anything.') };

/** @param names What people call it, and the document of the API. */
function edgeModule([title, name]: readonly [string, string], write: Fields, read: Fields = write): EdgeModule {
  return {
    title,
    write: z.strictObject({ ...enabled, ...write }).meta({ id: `${name}Replacement` }),
    read: z.object({ ...isEnabled, ...read }).meta({ id: name }),
  };
}

const ids = (max: number) => z.array(z.string()).min(1).max(max);
const list = z.array(text(4_096)).max(100).nullish();
const pairs = z
  .record(text(255).min(1), text(4_096))
  .refine((all) => Object.keys(all).length <= 100, 'at most 100 headers')
  .nullish();
const headers = {
  add: pairs.describe('Names and values; values may have `${…}`. Default: none.'),
  remove: list.describe('Names. Default: none.'),
};
const seconds = z.int().min(1).max(120).nullish();
const version = z.enum(['1.2', '1.3']).nullish().describe('The oldest version of TLS. Default: 1.2.');

/** All modules but those for logins, which come with a later version. */
export const edgeModules = {
  backend: edgeModule(
    ['backend', 'EdgeBackend'],
    { backend_id: z.string().describe('Id of a backend of any kind.') },
    { backend: reference.describe('The backend.') },
  ),
  ip_restriction: edgeModule(
    ['IP restriction', 'EdgeIpRestriction'],
    { ip_policy_ids: ids(50).describe('IP policies, 1 to 50. One of them must allow an address, and none deny it.') },
    { ip_policies: z.array(reference).describe('The IP policies whose rules count.') },
  ),
  mutual_tls: edgeModule(
    ['mutual TLS', 'EdgeMutualTls'],
    {
      certificate_authority_ids: ids(10).describe(
        'Whose certificates are good: ids of certificate authorities, 1 to 10.',
      ),
    },
    { certificate_authorities: z.array(reference).describe('Whose certificates are good.') },
  ),
  tls_termination: edgeModule(['TLS termination', 'EdgeTlsTermination'], {
    terminate_at: z
      .enum(['edge', 'upstream'])
      .nullish()
      .describe('Who ends the TLS. `upstream`, for TLS edges only: the service. Default: `edge`.'),
    min_version: version,
  }),
  request_headers: edgeModule(['request headers', 'EdgeRequestHeaders'], headers),
  response_headers: edgeModule(['response headers', 'EdgeResponseHeaders'], headers),
  compression: edgeModule(['compression', 'EdgeCompression'], {}),
  circuit_breaker: edgeModule(['circuit breaker', 'EdgeCircuitBreaker'], {
    tripped_duration: seconds.describe('Seconds that nothing passes before one tries, 1 to 120. Default: 10.'),
    rolling_window: seconds.describe('Seconds that are looked at, 1 to 120. Default: 10.'),
    num_buckets: z.int().min(1).max(128).nullish().describe('Of no effect here; older clients send it.'),
    volume_threshold: z
      .int()
      .min(1)
      .max(2_000_000_000)
      .nullish()
      .describe('With fewer answers all passes. Default: 20.'),
    error_threshold_percentage: z.number().min(0).max(1).nullish().describe('Share of errors, 0 to 1. Default: 0.5.'),
  }),
  webhook_verification: edgeModule(
    ['webhook verification', 'EdgeWebhookVerification'],
    {
      provider: text(64).min(1).describe('Id of the provider, e.g. `github`.'),
      secret: text(8_192).nullish().meta({ isSecret: true }).describe('What the provider signs with. Never shown.'),
    },
    { provider: z.string().describe('Id of the provider.') },
  ),
  websocket_tcp_converter: edgeModule(['WebSocket TCP converter', 'EdgeWebsocketTcpConverter'], {}),
  user_agent_filter: edgeModule(['user agent filter', 'EdgeUserAgentFilter'], {
    allow: list.describe('Patterns (RE2) of user agents that may enter. Default: none.'),
    deny: list.describe('Patterns (RE2) of user agents that may not. Default: none.'),
  }),
  traffic_policy: edgeModule(['traffic policy', 'EdgeTrafficPolicy'], {
    value: text(524_288).describe('Rules, YAML or JSON.'),
  }),
} as const satisfies Readonly<Record<string, EdgeModule>>;

export type EdgeModuleName = keyof typeof edgeModules;

/** Which each kind has. */
export const modulesOf = {
  httpsEdge: ['mutual_tls', 'tls_termination'],
  httpsEdgeRoute: [
    ...([
      'backend',
      'ip_restriction',
      'request_headers',
      'response_headers',
      'compression',
      'circuit_breaker',
    ] as const),
    ...(['webhook_verification', 'websocket_tcp_converter', 'user_agent_filter', 'traffic_policy'] as const),
  ],
  tcpEdge: ['backend', 'ip_restriction', 'traffic_policy'],
  tlsEdge: ['backend', 'ip_restriction', 'mutual_tls', 'tls_termination', 'traffic_policy'],
} as const satisfies Readonly<Record<string, readonly EdgeModuleName[]>>;

import { reader } from './messages/parse-message.ts';
import {
  aNumber,
  anObject,
  anyCase,
  aString,
  flag,
  integer,
  listOf,
  orNull,
  text,
  textList,
} from './messages/tolerant.ts';

/**
 * Options of an endpoint of any protocol: `Opts` of the bind request (agent protocol, §11). A module that is absent reads as
 * `null`; outer keys are in PascalCase, those inside a module in snake_case, all matched in any letter case.
 *
 * Secret: `Auth`, `BasicAuth`, `TLSTermination.key`, `client_secret` and `secret` in any module.
 */
const endpointOptions = anyCase({
  /** The host name asked for; empty: choose one. */
  Domain: text,
  /** Older ways to ask for a name. */
  Hostname: text,
  Subdomain: text,
  /** Go v2 instead of `Domain`: full URL, maybe without a scheme, maybe empty. */
  URL: text,
  /** Legacy basic auth, `user:password`. */
  Auth: text,
  /** Informational. */
  HostHeaderRewrite: flag,
  /** Informational. */
  LocalURLScheme: text,
  /** tcp: `host:port` asked for; empty: choose one. */
  Addr: text,
  /** tls: `null` passes the visitor's TLS through; else the server ends it, with this certificate and key or its own. */
  TLSTermination: orNull(anyCase({ cert: text, key: text, sealed_key: text })),
  /** tls: visitors' certificates are checked by the agent. */
  MutualTLSAtAgent: flag,
  /** From our agent: the Host line for the upstream in place of the visitor's; empty: as it is. */
  HostHeader: text,
  /** PROXY protocol header before the connection bytes: 0 none, 1 text, 2 binary. */
  ProxyProto: integer,
  /** Compress responses. */
  Compression: orNull(anyCase({})),
  /** Stop sending when the share of 5xx answers exceeds `error_threshold` (0 to 1). */
  CircuitBreaker: orNull(anyCase({ error_threshold: aNumber })),
  /** Which visitor addresses may connect, in CIDR notation. */
  IPRestriction: orNull(anyCase({ allow_cidrs: textList, deny_cidrs: textList })),
  /** `hashed_password` is base64; SDKs send `cleartext_password`. */
  BasicAuth: orNull(
    anyCase({
      credentials: listOf(anyCase({ username: text, cleartext_password: text, hashed_password: text })),
    }),
  ),
  /** Login with a social provider. No `client_id`: the server's own app. */
  OAuth: orNull(
    anyCase({
      provider: aString,
      client_id: text,
      client_secret: text,
      sealed_client_secret: text,
      allow_emails: textList,
      allow_domains: textList,
      scopes: textList,
    }),
  ),
  OIDC: orNull(
    anyCase({
      issuer_url: aString,
      client_id: text,
      client_secret: text,
      sealed_client_secret: text,
      allow_emails: textList,
      allow_domains: textList,
      scopes: textList,
    }),
  ),
  /** `provider` such as `github`, `slack`. */
  WebhookVerification: orNull(anyCase({ provider: aString, secret: text, sealed_secret: text })),
  /** `mutual_tls_ca`: base64 of all CA certificates in PEM, concatenated without separator. */
  MutualTLSCA: orNull(anyCase({ mutual_tls_ca: text })),
  /** tls: the same, checked by the server. */
  MutualTLSAtEdge: orNull(anyCase({ mutual_tls_ca: text })),
  /** `add`: "name:value", split at the first colon; `remove`: names. */
  RequestHeaders: orNull(anyCase({ add: textList, remove: textList })),
  ResponseHeaders: orNull(anyCase({ add: textList, remove: textList })),
  /** Turn WebSocket frames into a byte stream. */
  WebsocketTCPConverter: orNull(anyCase({})),
  /** Regular expressions on User-Agent. */
  UserAgentFilter: orNull(anyCase({ allow: textList, deny: textList })),
  /** Text (YAML or JSON), exactly as the user gave it. */
  TrafficPolicy: text,
  /** Go v1 only: policy rules as an object. */
  Policy: orNull(anObject),
});
export type EndpointOptions = ReturnType<typeof endpointOptions>;

/**
 * Reads the options of an endpoint.
 *
 * @param opts `Opts` of a bind request; it is not changed.
 * @throws {AditError} 301: an option has not the declared shape.
 */
export const parseEndpointOptions = reader(endpointOptions, 301, 'endpoint options');

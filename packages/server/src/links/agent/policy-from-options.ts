import { AditError } from '@adit/contracts';
import type { EndpointOptions } from '@adit/wire';
import { type EndpointScheme, hasHttp } from '../../domain/endpoint.ts';
import { parsePolicy, readPolicy } from '../../policy/document/parse-policy.ts';
import {
  joinDocuments,
  literal,
  type PolicyAction,
  type PolicyDocument,
  phaseOf,
} from '../../policy/document/policy-document.ts';
import type { Locate, Path } from '../../policy/document/policy-problems.ts';
import { decodedPolicy } from './decoded-policy.ts';
import { unsupported } from './refuse-unsupported.ts';

/** What a bind's options ask of its visitors, in the one form that policies have. */
export interface BindPolicy {
  readonly document: PolicyDocument;
  /** Finds a place of the traffic policy that came with them. */
  readonly locate: Locate;
}

/**
 * One rule for each option that is set, around those of the traffic policy: before it on connections and requests, behind it on
 * answers.
 *
 * @throws {AditError} As `parsePolicy`. 301: malformed. 9403: a part of an option that is not enforced.
 */
export function policyFromOptions(options: EndpointOptions, scheme: EndpointScheme): BindPolicy {
  const before: PolicyDocument = {
    ...phaseOf('on_tcp_connect', [...restrictIps(options), ...terminateTls(options)]),
    ...phaseOf('on_http_request', [
      ...userAgentFilter(options),
      ...basicAuth(options),
      ...verifyWebhook(options),
      ...circuitBreaker(options),
      ...headers(options.RequestHeaders),
      ...websocketTcpConverter(options),
    ]),
  };
  const behind: PolicyDocument = {
    ...phaseOf('on_http_response', [...headers(options.ResponseHeaders), ...compressResponse(options)]),
  };
  const { document, locate } = trafficPolicy(options, hasHttp(scheme));
  const found: Locate = (path, offset) => locate(withoutRules(before, path), offset);
  return { document: joinDocuments([before, document, behind]), locate: found };
}

function trafficPolicy({ TrafficPolicy, Policy }: EndpointOptions, hasHttp: boolean): BindPolicy {
  if (TrafficPolicy !== '' && Policy) throw new AditError(301, 'Cannot open the endpoint: it has two traffic policies');
  if (TrafficPolicy !== '') return parsePolicy(TrafficPolicy, { hasHttp });
  const document = Policy ? readPolicy(decodedPolicy(Policy), { hasHttp }) : {};
  return { document, locate: () => undefined };
}

/** Set and empty is set: whoever wants certificates of nobody wants nobody to enter, and is told that this cannot be. */
function terminateTls({ MutualTLSCA, MutualTLSAtEdge }: EndpointOptions): PolicyAction[] {
  const asked = MutualTLSCA ?? MutualTLSAtEdge;
  if (asked === null) return [];
  const authorities = Buffer.from(asked.mutual_tls_ca, 'base64').toString('utf8');
  return [{ type: 'terminate-tls', config: { mutual_tls_certificate_authorities: [authorities] } }];
}

function restrictIps({ IPRestriction }: EndpointOptions): PolicyAction[] {
  // Sorted: the order means nothing, and the digest must not depend on it.
  const allow = [...(IPRestriction?.allow_cidrs ?? [])].sort();
  const deny = [...(IPRestriction?.deny_cidrs ?? [])].sort();
  return allow.length + deny.length === 0 ? [] : [{ type: 'restrict-ips', config: { allow, deny } }];
}

function userAgentFilter({ UserAgentFilter: filter }: EndpointOptions): PolicyAction[] {
  return filter ? [{ type: 'user-agent-filter', config: { allow: filter.allow, deny: filter.deny } }] : [];
}

/** Pairs as they are: nothing in them is an expression. */
function basicAuth({ BasicAuth, Auth }: EndpointOptions): PolicyAction[] {
  const pairs = (BasicAuth?.credentials ?? []).map(({ username, cleartext_password, hashed_password }) => {
    if (hashed_password !== '') throw unsupported('BasicAuth.credentials.hashed_password');
    if (username.includes(':')) throw new AditError(301, 'Cannot open the endpoint: a user name has a colon');
    return `${username}:${cleartext_password}`;
  });
  if (Auth !== '') pairs.push(Auth);
  if (BasicAuth && pairs.length === 0)
    throw new AditError(301, 'Cannot open the endpoint: BasicAuth has no credentials');
  return pairs.length === 0 ? [] : [{ type: 'basic-auth', config: { credentials: pairs.map(literal) } }];
}

function verifyWebhook({ WebhookVerification: webhook }: EndpointOptions): PolicyAction[] {
  if (!webhook) return [];
  if (webhook.sealed_secret !== '') throw unsupported('WebhookVerification.sealed_secret');
  const { provider, secret } = webhook;
  const config = { provider, ...(secret !== '' && { secret: literal(secret) }) };
  return [{ type: 'verify-webhook', config }];
}

function circuitBreaker({ CircuitBreaker: breaker }: EndpointOptions): PolicyAction[] {
  return breaker ? [{ type: 'circuit-breaker', config: { error_threshold: breaker.error_threshold } }] : [];
}

function websocketTcpConverter({ WebsocketTCPConverter }: EndpointOptions): PolicyAction[] {
  return WebsocketTCPConverter ? [{ type: 'websocket-tcp-converter', config: {} }] : [];
}

function compressResponse({ Compression }: EndpointOptions): PolicyAction[] {
  return Compression ? [{ type: 'compress-response', config: {} }] : [];
}

/** Removed first, so that what is added stays. One action for each line: a name may be added twice. */
function headers(options: EndpointOptions['RequestHeaders']): PolicyAction[] {
  if (!options) return [];
  const removed = options.remove.map((name) => ({ type: 'remove-headers', config: { headers: [name] } }));
  const added = options.add.map((line) => {
    const colon = line.indexOf(':');
    if (colon < 1) throw new AditError(301, 'Cannot open the endpoint: a header to add is not "name:value"');
    return { type: 'add-headers', config: { headers: { [line.slice(0, colon)]: line.slice(colon + 1).trim() } } };
  });
  return [...removed, ...added];
}

/** A path of the joined document as one of the traffic policy, whose rules come behind those of options. */
function withoutRules(before: PolicyDocument, [first, index, ...rest]: Path): Path {
  if (first === undefined) return [];
  const count = before[first as keyof PolicyDocument]?.length ?? 0;
  return typeof index === 'number' ? [first, index - count, ...rest] : [first];
}

import type { EndpointScheme } from '../domain/endpoint.ts';
import { hasHttp } from '../domain/endpoint.ts';
import {
  joinDocuments,
  literal,
  type PolicyAction,
  type PolicyDocument,
  phaseOf,
} from '../policy/document/policy-document.ts';
import type { CircuitBreakerModule, EdgeModules } from './edge-bodies.ts';

/** What the modules are compiled with. */
export interface ModuleFacts {
  readonly protocol: EndpointScheme;
  /** Of the webhook's provider; null: there is none. */
  readonly webhookSecret: string | null;
  /** The rules of the module of that name, read. */
  readonly trafficPolicy: PolicyDocument;
}

/**
 * The rules that modules stand for, in the fixed order in which edges ask them: before those of their traffic policy on connections
 * and requests, behind them on answers. Where visitors are sent on is not among them.
 */
export function moduleRules(
  modules: EdgeModules,
  { protocol, webhookSecret, trafficPolicy }: ModuleFacts,
): PolicyDocument {
  const on = enabledOf(modules);
  const isHttp = hasHttp(protocol);
  const restriction = restrictIps(on);
  return joinDocuments([
    phaseOf('on_tcp_connect', [...terminateTls(on), ...(isHttp ? [] : restriction)]),
    phaseOf('on_http_request', [
      ...(isHttp ? restriction : []),
      ...userAgentFilter(on),
      ...verifyWebhook(on, webhookSecret),
      ...circuitBreaker(on.circuit_breaker),
    ]),
    trafficPolicy,
    phaseOf('on_http_request', [...headers(on.request_headers), ...webSocketConverter(on)]),
    phaseOf('on_http_response', [...headers(on.response_headers), ...compression(on)]),
  ]);
}

/** Without those that are switched off. */
export function enabledOf(modules: EdgeModules): EdgeModules {
  return Object.fromEntries(Object.entries(modules).filter(([, module]) => module.enabled !== false));
}

function terminateTls({ mutual_tls: mutual, tls_termination: termination }: EdgeModules): PolicyAction[] {
  if (termination?.terminate_at === 'upstream' || (!mutual && !termination)) return [];
  const config = {
    ...(termination?.min_version && { min_version: termination.min_version }),
    ...(mutual && { mutual_tls_certificate_authorities: mutual.certificate_authority_ids }),
  };
  return [{ type: 'terminate-tls', config }];
}

function restrictIps({ ip_restriction: restriction }: EdgeModules): PolicyAction[] {
  return restriction ? [{ type: 'restrict-ips', config: { ip_policies: restriction.ip_policy_ids } }] : [];
}

function userAgentFilter({ user_agent_filter: filter }: EdgeModules): PolicyAction[] {
  return filter ? [{ type: 'user-agent-filter', config: { allow: filter.allow ?? [], deny: filter.deny ?? [] } }] : [];
}

function verifyWebhook({ webhook_verification: webhook }: EdgeModules, secret: string | null): PolicyAction[] {
  if (!webhook) return [];
  return [
    {
      type: 'verify-webhook',
      config: { provider: webhook.provider, ...(secret !== null && { secret: literal(secret) }) },
    },
  ];
}

function circuitBreaker(breaker: CircuitBreakerModule | undefined): PolicyAction[] {
  if (!breaker) return [];
  const config = {
    tripped_duration: `${breaker.tripped_duration ?? 10}s`,
    window_duration: `${breaker.rolling_window ?? 10}s`,
    volume_threshold: breaker.volume_threshold ?? 20,
    error_threshold: breaker.error_threshold_percentage ?? 0.5,
  };
  return [{ type: 'circuit-breaker', config }];
}

/** Removed first, so that what is added stays. One action for each line: an action takes ten. */
function headers(module: EdgeModules['request_headers']): PolicyAction[] {
  const removed = (module?.remove ?? []).map((name) => ({ type: 'remove-headers', config: { headers: [name] } }));
  const added = Object.entries(module?.add ?? {}).map(([name, value]) => ({
    type: 'add-headers',
    config: { headers: { [name]: value } },
  }));
  return [...removed, ...added];
}

function webSocketConverter({ websocket_tcp_converter: converter }: EdgeModules): PolicyAction[] {
  return converter ? [{ type: 'websocket-tcp-converter', config: {} }] : [];
}

/** What edges could. */
function compression(modules: EdgeModules): PolicyAction[] {
  return modules.compression ? [{ type: 'compress-response', config: { algorithms: ['gzip', 'deflate'] } }] : [];
}

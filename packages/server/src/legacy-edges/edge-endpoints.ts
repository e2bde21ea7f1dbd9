// The endpoints that edges, their routes and their backends are: what links/cloud keeps online for each document.
import type { Document } from '../domain/document.ts';
import type { EndpointScheme } from '../domain/endpoint.ts';
import { joinDocuments, literal, type PolicyDocument, phaseOf } from '../policy/document/policy-document.ts';
import type { EdgeBody, EdgeModules, HttpResponseBody, RouteBody } from './edge-bodies.ts';
import { enabledOf, moduleRules } from './module-rules.ts';
import { forwardTo } from './part-address.ts';
import { guardRules, type MatchingRoute, routeRules } from './route-rules.ts';

export interface PolicyReader {
  /** Rules of a text that was checked when it was saved. */
  read(text: string, protocol: EndpointScheme): PolicyDocument;
  /** Whether they leave nobody for whatever comes behind them in the phase. */
  endsAlways(rules: PolicyDocument, phase: keyof PolicyDocument): boolean;
}

export const schemesOfEdges = { httpsEdge: 'https', tcpEdge: 'tcp', tlsEdge: 'tls' } as const;
export type EdgeKind = keyof typeof schemesOfEdges;

/** Rules of an HTTPS edge: what it asks of TLS, and which route gets a request. */
export function httpsEdgeRules({ body }: Document<EdgeBody>, routes: readonly MatchingRoute[]): PolicyDocument {
  const modules = moduleRules(body.modules, { protocol: 'https', webhookSecret: null, trafficPolicy: {} });
  return joinDocuments([modules, { on_http_request: routeRules(routes) }]);
}

/** Rules of a TCP or TLS edge. */
export function rawEdgeRules(
  { body }: Document<EdgeBody>,
  protocol: 'tcp' | 'tls',
  reader: PolicyReader,
): PolicyDocument {
  return rulesThatForward(body.modules, { protocol, webhookSecret: null, reader });
}

/** @param webhookSecret Null: it has none. */
export function httpsRouteRules(
  { body }: Document<RouteBody>,
  webhookSecret: string | null,
  reader: PolicyReader,
): PolicyDocument {
  return joinDocuments([
    guardRules(body),
    rulesThatForward(body.modules, { protocol: 'https', webhookSecret, reader }),
  ]);
}

/** Nothing in its texts is an expression. */
export function httpResponseRules(body: Omit<HttpResponseBody, 'endpointId'>): PolicyDocument {
  const { status: status_code, content } = body;
  const headers = Object.fromEntries(Object.entries(body.headers).map(([name, value]) => [name, literal(value)]));
  const config = { status_code, headers, body: literal(content) };
  return phaseOf('on_http_request', [{ type: 'custom-response', config }]);
}

interface ForwardFacts {
  readonly protocol: EndpointScheme;
  readonly webhookSecret: string | null;
  readonly reader: PolicyReader;
}

function rulesThatForward(modules: EdgeModules, { protocol, webhookSecret, reader }: ForwardFacts): PolicyDocument {
  const { backend, traffic_policy: policy } = enabledOf(modules);
  const trafficPolicy = policy ? reader.read(policy.value, protocol) : {};
  const phase = protocol === 'https' ? 'on_http_request' : 'on_tcp_connect';
  const endsBefore = reader.endsAlways(trafficPolicy, phase);
  const answers = reader.endsAlways(trafficPolicy, 'on_http_response');
  // Nobody gets to what would stand behind its end, which is a mistake in rules that people write.
  const asked = without(modules, [...(endsBefore ? lastOnRequests : []), ...(answers ? lastOnAnswers : [])]);
  const rules = moduleRules(asked, { protocol, webhookSecret, trafficPolicy });
  if (!backend || endsBefore) return rules;
  return joinDocuments([rules, phaseOf(phase, [forwardTo(protocol, backend.backend_id)])]);
}

/** Those that are asked behind the traffic policy. */
const lastOnRequests = ['request_headers', 'websocket_tcp_converter'] as const;
const lastOnAnswers = ['response_headers', 'compression'] as const;

function without(modules: EdgeModules, names: readonly (keyof EdgeModules)[]): EdgeModules {
  const isAsked = (name: string): boolean => !names.some((one) => one === name);
  return Object.fromEntries(Object.entries(modules).filter(([name]) => isAsked(name)));
}

import type { EndpointOptions } from '@adit/wire';
import type { EndpointScheme } from '../../domain/endpoint.ts';
import { parsePolicy } from '../../policy/document/parse-policy.ts';
import {
  always,
  joinDocuments,
  type PolicyAction,
  type PolicyDocument,
} from '../../policy/document/policy-document.ts';
import type { Locate, Path } from '../../policy/document/policy-problems.ts';

/** What a bind's options ask of its visitors, in the one form that policies have. */
export interface BindPolicy {
  readonly document: PolicyDocument;
  /** Finds a place of the traffic policy that came with them. */
  readonly locate: Locate;
}

/**
 * One rule for each option that is set, then those of the traffic policy.
 *
 * @throws {AditError} As `parsePolicy`.
 */
export function policyFromOptions(options: EndpointOptions, scheme: EndpointScheme): BindPolicy {
  const connect = [...restrictIps(options)];
  const flags: PolicyDocument = connect.length === 0 ? {} : { on_tcp_connect: connect.map((action) => always(action)) };
  if (options.TrafficPolicy === '') return { document: flags, locate: () => undefined };
  const hasHttp = scheme === 'http' || scheme === 'https';
  const { document, locate } = parsePolicy(options.TrafficPolicy, { hasHttp });
  return { document: joinDocuments([flags, document]), locate: (path, offset) => locate(behind(flags, path), offset) };
}

function restrictIps({ IPRestriction }: EndpointOptions): PolicyAction[] {
  // Sorted: the order means nothing, and the digest must not depend on it.
  const allow = [...(IPRestriction?.allow_cidrs ?? [])].sort();
  const deny = [...(IPRestriction?.deny_cidrs ?? [])].sort();
  return allow.length + deny.length === 0 ? [] : [{ type: 'restrict-ips', config: { allow, deny } }];
}

/** A path of the joined document as one of the traffic policy, whose rules come behind those of options. */
function behind(flags: PolicyDocument, [phase, index, ...rest]: Path): Path {
  const before = flags[phase as keyof PolicyDocument]?.length ?? 0;
  return typeof index === 'number' ? [phase as string, index - before, ...rest] : phase === undefined ? [] : [phase];
}

import { isDeepStrictEqual } from 'node:util';
import type { BindReply, BindRequest } from '@adit/wire';
import type { ForwardOptions } from './forward-options.ts';
import type { ForwardPlan } from './forward-plan.ts';
import { policyWords } from './policy-request.ts';

/** What an earlier reply gave, to be asked for again. */
export interface Given {
  readonly id: string;
  /** Secret. */
  readonly token: string;
  /** The name chosen, by the keys of the reply; empty: none yet. */
  readonly names: Readonly<Record<string, unknown>>;
}

export const nothingGiven: Given = { id: '', token: '', names: {} };

const nameKeys = ['Domain', 'Hostname', 'Subdomain', 'Addr'];

/** The names of a reply, and nothing else of it: what was asked for is always asked for again as it was. */
export function namesOf({ Opts: opts }: BindReply): Given['names'] {
  return Object.fromEntries(nameKeys.filter((key) => typeof opts[key] === 'string').map((key) => [key, opts[key]]));
}

export function bindRequest(plan: ForwardPlan, options: ForwardOptions, given: Given): BindRequest {
  const { upstream, scheme } = plan.target;
  const isHttp = scheme === 'http' || scheme === 'https';
  return {
    Id: given.id,
    Proto: scheme,
    ForwardsTo: upstream.url,
    ForwardsProto: isHttp && upstream.kind === 'network' && upstream.speaks === 'http2' ? 'http2' : '',
    Opts: { ...namesAsked(plan), ...given.names, ...protections(plan, options) },
    Extra: {
      Token: given.token,
      IPPolicyRef: '',
      Metadata: options.metadata ?? '',
      Bindings: isInternal(plan) ? ['internal'] : [],
      PoolingEnabled: options.poolingEnabled ?? false,
      Name: options.name ?? '',
      Description: options.description ?? '',
    },
  };
}

function namesAsked({ address }: ForwardPlan): Record<string, unknown> {
  if (address.protocol === 'tcp') return { Addr: address.address };
  return { Domain: address.domain, Subdomain: address.subdomain };
}

/** What decides who gets in and what the upstream is told; a server that leaves any of it out is not trusted with the rest. */
function protections({ hostHeader, policies, target }: ForwardPlan, options: ForwardOptions): Record<string, unknown> {
  const { allowCidrs = [], denyCidrs = [] } = options;
  const isRestricted = allowCidrs.length + denyCidrs.length > 0;
  return {
    ProxyProto: options.proxyProtocol ?? 0,
    ...(hostHeader !== '' && { HostHeader: hostHeader }),
    ...mutualTls(options, target.scheme),
    ...(isRestricted && { IPRestriction: { allow_cidrs: [...allowCidrs], deny_cidrs: [...denyCidrs] } }),
    ...policies,
  };
}

function mutualTls({ mutualTlsCas }: ForwardOptions, scheme: string): Record<string, unknown> {
  if (mutualTlsCas === undefined) return {};
  const asked = { mutual_tls_ca: Buffer.from(mutualTlsCas).toString('base64') };
  // Without a certificate of ours: the server has one for the name.
  return scheme === 'tls' ? { MutualTLSAtEdge: asked, TLSTermination: {} } : { MutualTLSCA: asked };
}

const said: Readonly<Record<string, string>> = {
  ...policyWords,
  ProxyProto: 'the PROXY protocol',
  HostHeader: 'the Host header',
  IPRestriction: 'the address rules',
  MutualTLSCA: 'mutual TLS',
  MutualTLSAtEdge: 'mutual TLS',
  TLSTermination: 'that it ends TLS',
};

/** What the reply does not confirm, in words; undefined: the endpoint is what was asked for. */
export function unconfirmed(plan: ForwardPlan, options: ForwardOptions, reply: BindReply): string | undefined {
  for (const [key, value] of Object.entries(protections(plan, options))) {
    if (!isDeepStrictEqual(optionOf(reply, key) ?? 0, value)) return said[key];
  }
  const { scheme } = plan.target;
  if (!reply.URL.startsWith(`${scheme}://`)) return `that it is ${scheme}`;
  if (isInternal(plan) && !/\.internal\.?(?::\d+)?\/?$/i.test(reply.URL)) return 'that it is internal';
  if (options.mutualTlsCas !== undefined) return undefined;
  // Nobody asked the server to end TLS, and whoever ends it reads everything.
  const isReadByServer = scheme === 'tls' && (optionOf(reply, 'TLSTermination') ?? null) !== null;
  return isReadByServer ? 'that TLS passes through it' : undefined;
}

/** Keys are matched in any letter case. */
function optionOf({ Opts: opts }: BindReply, name: string): unknown {
  return Object.entries(opts).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function isInternal({ address }: ForwardPlan): boolean {
  return address.isInternal;
}

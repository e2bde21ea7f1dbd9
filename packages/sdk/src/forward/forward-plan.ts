import { statSync } from 'node:fs';
import { AditError } from '@adit/contracts';
import { bracketed } from '../dial/host-port.ts';
import type { RelayTarget } from '../relay/relay.ts';
import { AgentTls } from '../relay/relay-tls.ts';
import { type NetworkUpstream, parseUpstream, type Upstream } from '../upstream/upstream.ts';
import { usesTls } from '../upstream/upstream-dial.ts';
import { upstreamContext } from '../upstream/upstream-trust.ts';
import type { ForwardOptions } from './forward-options.ts';
import { policyRequest } from './policy-request.ts';
import { type PublicUrlRequest, parsePublicUrl } from './public-url.ts';

/** A forward as read from its options: what to ask the server for, and how to carry visitors. */
export interface ForwardPlan {
  readonly address: PublicUrlRequest;
  readonly target: RelayTarget;
  /** The Host line for the upstream; empty: the visitor's. */
  readonly hostHeader: string;
  /** What the server is to do besides, in the words of the request. Holds secrets. */
  readonly policies: Readonly<Record<string, unknown>>;
}

/** @throws {AditError} 9304, 332, 326, 9201: an option is wrong, or does not fit the others. */
export function planForward(options: ForwardOptions): ForwardPlan {
  const address = parsePublicUrl(options.url ?? '');
  checkBinding(options.binding, address);
  const scheme = address.protocol;
  const asked = readUpstream(options, address);
  checkUpstream(asked, options, address);
  const isTls = scheme === 'tls';
  checkTls(options, scheme);
  const upstream = isTls && !endsTls(options) ? withoutTls(asked) : asked;
  const speaks = upstream.kind === 'network' ? upstream.speaks : 'http1';
  const tls = options.tlsTermination && new AgentTls(options.tlsTermination, speaks);
  const hasProxyHeader = options.proxyProtocol !== undefined;
  return {
    address,
    target: { upstream, scheme, tls, hasProxyHeader, tap: options.tap },
    hostHeader: readHostHeader(options, upstream, scheme),
    policies: policyRequest(options, { scheme }),
  };
}

function checkTls({ tlsTermination, mutualTlsCas }: ForwardOptions, scheme: string): void {
  if (tlsTermination && scheme !== 'tls') throw unfit('tlsTermination', 'it is for tls endpoints');
  if (mutualTlsCas === undefined) return;
  if (scheme !== 'https' && scheme !== 'tls') throw unfit('mutualTlsCas', 'it is for https and tls endpoints');
  if (tlsTermination) throw unfit('mutualTlsCas', 'tlsTermination ends TLS in this process; give it clientCas');
  if (!mutualTlsCas.includes('-----BEGIN CERTIFICATE-----'))
    throw unfit('mutualTlsCas', 'it is not PEM with a certificate');
}

/** Here or at the server: what comes is not TLS any more. */
function endsTls({ tlsTermination, mutualTlsCas }: ForwardOptions): boolean {
  return tlsTermination !== undefined || mutualTlsCas !== undefined;
}

function readUpstream({ upstream, ...options }: ForwardOptions, { protocol: scheme }: PublicUrlRequest): Upstream {
  return typeof upstream === 'string' ? parseUpstream(upstream, { ...options, scheme }) : upstream;
}

function checkBinding(binding: ForwardOptions['binding'], { isInternal }: PublicUrlRequest): void {
  if (binding === undefined || (binding === 'internal') === isInternal) return;
  const why = isInternal ? 'a name that ends in .internal is not public' : 'it needs a name that ends in .internal';
  throw new AditError(326, `Cannot open a ${binding} endpoint: ${why}`);
}

function checkUpstream(upstream: Upstream, options: ForwardOptions, { protocol }: PublicUrlRequest): void {
  if (upstream.kind === 'network') return void (upstream.caPem !== undefined && upstreamContext(upstream));
  if (options.proxyProtocol !== undefined) throw unfit('proxyProtocol', 'it is for upstreams on the network');
  if (upstream.kind === 'handler') return;
  if (protocol === 'tls' && !endsTls(options)) {
    throw unfit('file://', 'a folder on a tls endpoint needs tlsTermination, as it cannot read TLS itself');
  }
  if (!statSync(upstream.path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new AditError(9304, `Cannot serve "${upstream.path}": there is no such folder`);
  }
}

/** The visitor's own TLS passes on to the upstream: TLS of ours around it nobody would understand. */
function withoutTls(upstream: Upstream): Upstream {
  if (upstream.kind !== 'network' || !usesTls(upstream)) return upstream;
  return { ...upstream, protocol: 'tcp' };
}

function readHostHeader(options: ForwardOptions, upstream: Upstream, scheme: string): string {
  const { hostHeader = 'preserve' } = options;
  if (hostHeader === 'preserve') return '';
  if (scheme !== 'http' && scheme !== 'https') throw unfit('hostHeader', 'it is for http and https endpoints');
  if (hostHeader !== 'rewrite') return hostHeader;
  if (upstream.kind !== 'network') throw unfit('hostHeader "rewrite"', 'the upstream has no host');
  return hostOf(upstream);
}

/** As a browser would send it: without the usual port. */
function hostOf({ host, port, protocol }: NetworkUpstream): string {
  const isUsual = port === (protocol === 'https' || protocol === 'tls' ? 443 : 80);
  return isUsual ? bracketed(host) : `${bracketed(host)}:${port}`;
}

function unfit(option: string, why: string): AditError {
  return new AditError(9201, `Cannot use ${option} here: ${why}`);
}

import { AditError } from '@adit/contracts';
import { bracketed } from '../dial/host-port.ts';
import type { RelayTarget } from '../relay/relay.ts';
import { AgentTls } from '../relay/relay-tls.ts';
import type { NetworkUpstream, Upstream } from '../upstream/upstream.ts';
import type { ForwardOptions } from './forward-options.ts';
import { protocolOf, readUpstream, unfit, withoutTls } from './forward-upstream.ts';
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
  const asked = readUpstream(options, scheme);
  checkUpstream(asked, options, scheme);
  const isTls = scheme === 'tls';
  checkTls(options, scheme);
  const upstream = isTls && !endsTls(options) ? withoutTls(asked) : asked;
  const tls = options.tlsTermination && new AgentTls(options.tlsTermination, protocolOf(upstream));
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

function checkBinding(binding: ForwardOptions['binding'], { isInternal }: PublicUrlRequest): void {
  if (binding === undefined || (binding === 'internal') === isInternal) return;
  const why = isInternal ? 'a name that ends in .internal is not public' : 'it needs a name that ends in .internal';
  throw new AditError(326, `Cannot open a ${binding} endpoint: ${why}`);
}

function checkUpstream(upstream: Upstream, options: ForwardOptions, scheme: string): void {
  if (upstream.kind === 'network') return;
  if (options.proxyProtocol !== undefined) throw unfit('proxyProtocol', 'it is for upstreams on the network');
  if (upstream.kind === 'folder' && scheme === 'tls' && !endsTls(options)) {
    throw unfit('file://', 'a folder on a tls endpoint needs tlsTermination, as it cannot read TLS itself');
  }
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

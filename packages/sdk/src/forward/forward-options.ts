import type { TlsTermination } from '../relay/relay-tls.ts';
import type { Tap } from '../relay/tap.ts';
import type { Upstream, UpstreamOptions } from '../upstream/upstream.ts';
import type { Labels } from './binder.ts';
import type { PolicyOptions } from './policy-options.ts';

/** An endpoint as it is asked for, whatever is behind it. */
export interface EndpointOptions extends PolicyOptions {
  /** The public URL asked for; its scheme is that of the endpoint. Default: a random https one. See `parsePublicUrl`. */
  readonly url?: string | undefined;
  /**
   * In place of a URL: edges find it by these. Of the other options only `metadata`, `tlsTermination`, `tap` and those about the
   * upstream go with them; everything else is the edge's to have. Default: it has a URL.
   */
  readonly labels?: Labels | undefined;
  /** For people. */
  readonly name?: string | undefined;
  /** For people. */
  readonly description?: string | undefined;
  /** Your own text about the endpoint, at most 4,096 bytes. */
  readonly metadata?: string | undefined;
  /** Only visitors from these ranges may connect (CIDR notation). Default: everybody. */
  readonly allowCidrs?: readonly string[] | undefined;
  /** Visitors from these ranges may not connect. Default: nobody. */
  readonly denyCidrs?: readonly string[] | undefined;
  /** Other endpoints that say so too may have the same URL; each visitor gets one of them. Default: false. */
  readonly poolingEnabled?: boolean | undefined;
  /** `internal`: only other endpoints of the account reach it, and its name ends in `.internal`. Default: what the name says. */
  readonly binding?: 'public' | 'internal' | undefined;
  /**
   * tls endpoints, and labels for tls edges, only: visitors' TLS ends in this process, the server passes ciphertext. Default: it
   * passes on to the upstream or listener as it is.
   */
  readonly tlsTermination?: TlsTermination | undefined;
  /**
   * https and tls endpoints: PEM of CA certificates. The server lets visitors in only with a certificate of one of them, which it
   * asks for when TLS begins. It has to end the TLS of a tls endpoint for that, with a certificate of its own. Default: visitors
   * are not asked for any.
   */
  readonly mutualTlsCas?: string | undefined;
  /** Asked for each visitor's connection; sees its bytes without TLS where that ends in this process. Default: nobody looks. */
  readonly tap?: Tap | undefined;
}

export interface ForwardOptions extends EndpointOptions, Pick<UpstreamOptions, 'upstreamProtocol' | 'upstreamVerify'> {
  /** A port, `host:port`, `http(s)://`, `tcp://` or `tls://host:port`, `file:///folder`; or one that is read already. */
  readonly upstream: string | Upstream;
  /** The upstream gets a PROXY header of that version before a visitor's bytes. Default: none. */
  readonly proxyProtocol?: 1 | 2 | undefined;
  /**
   * http and https: the Host line that the upstream gets. `preserve`: the visitor's. `rewrite`: the upstream's own. Else the
   * text. Default: `preserve`.
   */
  readonly hostHeader?: 'preserve' | 'rewrite' | (string & {}) | undefined;
}

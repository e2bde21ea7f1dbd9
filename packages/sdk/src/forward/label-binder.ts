import { AditError } from '@adit/contracts';
import { type ProxyHeader, parseStartTunnelWithLabelReply, streamTypes } from '@adit/wire';
import type { RelayTarget } from '../relay/relay.ts';
import { AgentTls } from '../relay/relay-tls.ts';
import type { ServerConnection } from '../session/server-connection.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Binder, Bound, Labels } from './binder.ts';
import type { ForwardOptions } from './forward-options.ts';
import { protocolOf, readUpstream, unfit, withoutTls } from './forward-upstream.ts';

/** What can be said of a tunnel without an address. Whatever else there is or will be needs one, or is done by the server. */
const ownOptions: ReadonlySet<string> = new Set<keyof ForwardOptions>([
  'labels',
  'metadata',
  'tap',
  'tlsTermination',
  'upstream',
  'upstreamProtocol',
  'upstreamVerify',
]);

/** Asks for a tunnel that edges find by its labels (agent protocol, §10.3). Which labels are valid is the server's to say. */
export class LabelBinder implements Binder {
  readonly labels: Labels;
  readonly upstream: Upstream;
  readonly #options: ForwardOptions;
  readonly #tls: AgentTls | undefined;

  /** @throws {AditError} 9201: an option that belongs to the edge, or does not fit the others. 9304: the upstream. */
  constructor(options: ForwardOptions, labels: Labels) {
    refuseOthers(options);
    this.#options = options;
    this.labels = { ...labels };
    this.upstream = readUpstream(options, 'https');
    this.#tls = options.tlsTermination && new AgentTls(options.tlsTermination, protocolOf(this.upstream));
  }

  /** There is nothing to ask for again: each time it is another tunnel to the server, with an id of its own. */
  async bind(connection: ServerConnection): Promise<Bound> {
    const request = {
      Labels: this.labels,
      ForwardsTo: this.upstream.url,
      ForwardsProto: protocolOf(this.upstream) === 'http2' ? 'http2' : '',
      Metadata: this.#options.metadata ?? '',
    };
    const answer = await connection.call(streamTypes.startTunnelWithLabel, request);
    const { Id: id, Error: error } = parseStartTunnelWithLabelReply(answer);
    if (error !== '') throw connection.refusal(error);
    if (id === '') throw new AditError(9303, 'Cannot open the tunnel: the server named no id');
    return { id, url: '' };
  }

  /** It has no scheme: each visitor comes with that of his edge. */
  targetOf({
    Proto: scheme,
    PassthroughTLS: isVisitorsTls,
  }: Pick<ProxyHeader, 'Proto' | 'PassthroughTLS'>): RelayTarget {
    return {
      upstream: isVisitorsTls && !this.#tls ? withoutTls(this.upstream) : this.upstream,
      scheme: scheme === 'http' || scheme === 'https' || scheme === 'tls' ? scheme : 'tcp',
      // Whatever the server says of the visitor: else it could end TLS itself, and read what only this process is to read.
      tls: this.#tls,
      tap: this.#options.tap,
    };
  }
}

function refuseOthers(options: ForwardOptions): void {
  const other = Object.entries(options).find(([name, value]) => value !== undefined && !ownOptions.has(name));
  if (!other) return;
  throw unfit(other[0], 'a labelled tunnel has no address and no policies; the edge that it serves must have them');
}

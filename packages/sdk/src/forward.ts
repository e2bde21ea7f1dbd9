import { AditError } from '@adit/contracts';
import { type BindRequest, parseBindReply, streamTypes } from '@adit/wire';
import { parsePublicUrl } from './public-url.ts';
import type { ServerConnection } from './server-connection.ts';
import { parseUpstream, type Upstream, type UpstreamProtocol } from './upstream.ts';

export interface ForwardOptions {
  /** A port, `host:port` or `http(s)://host[:port]`. See `parseUpstream`. */
  readonly upstream: string;
  /**
   * What the upstream speaks. `http2`: without upgrade or fallback, so that an http upstream takes h2c by prior knowledge,
   * and an https one must choose `h2`. Default: `http1`.
   */
  readonly upstreamProtocol?: UpstreamProtocol | undefined;
  /** The public URL asked for. Default: a random https one. See `parsePublicUrl` for the forms. */
  readonly url?: string | undefined;
  /** Your own text about the endpoint, at most 4,096 bytes. */
  readonly metadata?: string | undefined;
  /** Only visitors from these ranges may connect (CIDR notation). Default: everybody. */
  readonly allowCidrs?: readonly string[] | undefined;
  /** Visitors from these ranges may not connect. Default: nobody. */
  readonly denyCidrs?: readonly string[] | undefined;
}

/** A public URL whose visitors are carried to an upstream, as long as the session lives. */
export interface Forward {
  readonly id: string;
  /** The public URL. It stays the same over reconnects unless the server can no longer give it. */
  readonly url: string;
  /** Where visitors are carried to, e.g. `http://localhost:3000`. */
  readonly upstreamUrl: string;
  /** Resolves when it is over, with the reason: null after `close()`. Never rejects. */
  readonly closed: Promise<AditError | null>;
  /** Takes the URL offline. Connections that are open stay open. Closing twice is harmless. */
  close(): Promise<void>;
}

/** A forward as the session sees it: what to ask the server for, now and again after each reconnect. */
export class ForwardBinding {
  readonly upstream: Upstream;
  readonly closed = Promise.withResolvers<AditError | null>();
  isClosed = false;
  /** Calls off the next attempt to bind again, if one is waiting. */
  cancelRetry: () => void = () => {};
  readonly #protocol: 'http' | 'https';
  readonly #metadata: string;
  readonly #restriction: Record<string, unknown>;
  #opts: Record<string, unknown>;
  #id = '';
  #token = '';
  #url = '';

  /** @throws {AditError} 9304, 332, 326, 9201: see `parseUpstream` and `parsePublicUrl`. */
  constructor(options: ForwardOptions) {
    const { protocol, domain, subdomain } = parsePublicUrl(options.url ?? '');
    const { allowCidrs = [], denyCidrs = [] } = options;
    const isRestricted = allowCidrs.length + denyCidrs.length > 0;
    this.upstream = parseUpstream(options.upstream, options.upstreamProtocol);
    this.#protocol = protocol;
    this.#metadata = options.metadata ?? '';
    this.#restriction = isRestricted ? { IPRestriction: { allow_cidrs: allowCidrs, deny_cidrs: denyCidrs } } : {};
    this.#opts = { Domain: domain, Subdomain: subdomain, ProxyProto: 0 };
  }

  get id(): string {
    return this.#id;
  }
  get url(): string {
    return this.#url;
  }

  /**
   * Binds, or binds again with the id, token and options of the last reply (agent protocol, §14.1), so that the endpoint
   * comes back under its name. A token the server no longer knows (335) is dropped, the name kept.
   *
   * @throws {AditError} The server's refusal; as `ServerConnection.call`; 9303 when the server left the address rules out.
   */
  async bind(connection: ServerConnection): Promise<void> {
    try {
      await this.#bindOnce(connection);
    } catch (error) {
      if (!(error instanceof AditError) || error.code !== 335 || this.#token === '') throw error;
      this.#id = '';
      this.#token = '';
      await this.#bindOnce(connection);
    }
  }

  /** Unbinds; an endpoint that is gone already counts as done. */
  async unbind(connection: ServerConnection, timeoutMs?: number): Promise<void> {
    await connection.call(streamTypes.unbind, { Id: this.#id }, timeoutMs);
  }

  /** Answers whether it was open. */
  end(reason: AditError | null): boolean {
    if (this.isClosed) return false;
    this.isClosed = true;
    this.cancelRetry();
    this.closed.resolve(reason);
    return true;
  }

  async #bindOnce(connection: ServerConnection): Promise<void> {
    const reply = parseBindReply(await connection.call(streamTypes.bind, this.#request()));
    if (reply.Error !== '') throw connection.refusal(reply.Error, [this.#token]);
    if (reply.Id === '' || !/^https?:\/\/[\x21-\x7e]+$/.test(reply.URL)) {
      throw new AditError(9303, 'Cannot open the endpoint: the server named no id or no valid URL');
    }
    this.#id = reply.Id;
    this.#token = reply.Extra.Token;
    this.#url = reply.URL;
    // What protects the endpoint is always what was asked for, whatever came back.
    this.#opts = { ...reply.Opts, ...this.#restriction };
    if ('IPRestriction' in this.#restriction && !reply.Opts['IPRestriction']) {
      await this.unbind(connection);
      throw new AditError(9303, 'Cannot open the endpoint: the server did not confirm the address rules');
    }
  }

  #request(): BindRequest {
    return {
      Id: this.#id,
      Proto: this.#protocol,
      ForwardsTo: this.upstream.url,
      ForwardsProto: this.upstream.speaks === 'http2' ? 'http2' : '',
      Opts: { ...this.#opts, ...this.#restriction },
      Extra: {
        Token: this.#token,
        IPPolicyRef: '',
        Metadata: this.#metadata,
        Bindings: [],
        PoolingEnabled: false,
        Name: '',
        Description: '',
      },
    };
  }
}

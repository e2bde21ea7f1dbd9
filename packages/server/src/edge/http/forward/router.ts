import { AditError } from '@adit/contracts';
import type { TlsDemands } from '@adit/policy-kit';
import type { HttpScheme } from '../../../domain/endpoint.ts';
import type { Arrival, Route, RouteTable } from '../../../domain/route.ts';
import { hasSameDemands } from '../../../domain/tls-demands.ts';

/** What becomes of a request for a host. */
export type Destination = { readonly kind: 'route'; readonly route: Route } | Redirect;
export interface Redirect {
  readonly kind: 'redirect';
  /** `https://host[:port]`, to which the path is appended. */
  readonly origin: string;
}

export interface RouterOptions {
  readonly routes: RouteTable;
  /** Endpoints are names below it; so are the services. Lower case. */
  readonly domain: string;
  /** `https://host[:port]` as visitors reach it. */
  publicUrl(scheme: HttpScheme, host: string): string;
}

/** A request's own authority decides where it goes; the server name of its connection never does. */
export class Router {
  readonly #options: RouterOptions;
  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /**
   * @param host Lower case, without port or trailing dot.
   * @param connection `demands`: what its handshake was made for.
   * @throws {AditError} 3200: nothing is online under that name. 9009: its agent may be back in a moment. 9003: not over this
   *   connection: the endpoint asks something else of TLS, be it more or less (RFC 9110 §15.5.20).
   */
  resolve(host: string, connection: { scheme: HttpScheme; demands: TlsDemands | null }): Destination {
    const { demands, scheme } = connection;
    const route = this.#options.routes.find(scheme, host);
    if (route && !hasSameDemands(route.chain.tls, demands)) throw new AditError(9003);
    if (route) return { kind: 'route', route };
    if (this.#options.routes.isHeld(scheme, host)) throw new AditError(9009);
    if (scheme === 'http' && this.#isOwnName(host)) {
      return { kind: 'redirect', origin: this.#options.publicUrl('https', host) };
    }
    throw new AditError(3200);
  }

  /** See `RouteTable.awaited`. */
  awaited(scheme: HttpScheme, host: string): Arrival | undefined {
    return this.#options.routes.awaited(scheme, host);
  }

  /** True if visitors may still be sent there; a decision may have taken its time. */
  isCurrent(route: Route): boolean {
    return this.#options.routes.isOnline(route);
  }

  // Only our own names: a redirect that echoes any Host would lend our address to whoever writes the link.
  #isOwnName(host: string): boolean {
    const { domain, routes } = this.#options;
    return host === domain || host.endsWith(`.${domain}`) || routes.isKnownHost(host);
  }
}

import type { PolicyRequest } from '@adit/policy-kit';
import { type CookieView, parseCookies } from './cookie-view.ts';
import { Derived } from './derived.ts';
import type { Turn } from './header-map.ts';
import { MessageView } from './message-view.ts';
import { UrlView } from './url-view.ts';
import { UserAgentView } from './user-agent-view.ts';

const versions = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2': 'HTTP/2.0' } as const;

/** `req`: the request as it would be forwarded now. */
export class RequestView extends MessageView {
  readonly #request: PolicyRequest;
  #url: Derived<string, UrlView> | undefined;
  #userAgent: Derived<string, UserAgentView> | undefined;

  constructor(request: PolicyRequest, turn: Turn) {
    super(request, turn, cookiesOf);
    this.#request = request;
  }

  get method(): string {
    return this.#request.method;
  }

  get host(): string {
    return this.#request.host;
  }

  get version(): string {
    return versions[this.#request.version];
  }

  get url(): UrlView {
    this.#url ??= new Derived((target) => urlOf(this.#request, target));
    return this.#url.of(this.#request.target);
  }

  get $url(): string {
    return this.url.text;
  }

  get user_agent(): UserAgentView {
    this.#userAgent ??= new Derived((raw) => new UserAgentView(raw));
    return this.#userAgent.of(this.$user_agent);
  }

  get $user_agent(): string {
    return this.fields.read().get('user-agent')?.[0] ?? '';
  }

  get ts(): RequestTimesView {
    return new RequestTimesView(this.#request);
  }
}

/** `req.ts`. */
export class RequestTimesView {
  readonly header_received: Date;

  constructor({ receivedAtMs }: PolicyRequest) {
    this.header_received = new Date(receivedAtMs);
  }
}

function cookiesOf(headers: ReadonlyMap<string, string[]>): Map<string, CookieView[]> {
  return parseCookies(headers.get('cookie') ?? []);
}

function urlOf({ scheme, authority }: PolicyRequest, target: string): UrlView {
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  return new UrlView({
    scheme,
    authority,
    path,
    query: at === -1 ? undefined : target.slice(at + 1),
    fragment: undefined,
  });
}

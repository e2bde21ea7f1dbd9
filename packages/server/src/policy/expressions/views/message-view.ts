import type { HeaderFields } from '@adit/policy-kit';
import { ContentTypeView } from './content-type-view.ts';
import type { CookieView } from './cookie-view.ts';
import { Derived } from './derived.ts';
import { HeaderMap, type Turn } from './header-map.ts';

type Cookies = Map<string, CookieView[]>;

/** What requests and answers have in common. Nothing is parsed before somebody asks. */
export class MessageView {
  readonly #message: { readonly headers: HeaderFields; readonly hasBody: boolean };
  protected readonly fields: HeaderMap;
  readonly #parseCookies: (headers: ReadonlyMap<string, string[]>) => Cookies;
  #codings: Derived<ReadonlyMap<string, string[]>, string[]> | undefined;
  #contentType: Derived<string, ContentTypeView> | undefined;
  #cookies: Derived<ReadonlyMap<string, string[]>, Cookies> | undefined;

  constructor(
    message: { readonly headers: HeaderFields; readonly hasBody: boolean },
    turn: Turn,
    parseCookies: (headers: ReadonlyMap<string, string[]>) => Cookies,
  ) {
    this.#message = message;
    this.fields = new HeaderMap(message.headers, turn);
    this.#parseCookies = parseCookies;
  }

  get headers(): ReadonlyMap<string, string[]> {
    return this.fields.read();
  }

  get cookies(): Cookies {
    this.#cookies ??= new Derived(this.#parseCookies);
    return this.#cookies.of(this.fields.read());
  }

  get content_encoding(): string[] {
    this.#codings ??= new Derived(codingsOf);
    return this.#codings.of(this.fields.read());
  }

  /** Undefined: there is content, of a length that nobody said. */
  get content_length(): bigint | undefined {
    const written = this.fields.read().get('content-length')?.[0] ?? '';
    if (/^\d{1,18}$/.test(written)) return BigInt(written);
    return this.#message.hasBody ? undefined : 0n;
  }

  get content_type(): ContentTypeView {
    this.#contentType ??= new Derived((raw) => new ContentTypeView(raw));
    return this.#contentType.of(this.fields.read().get('content-type')?.[0] ?? '');
  }

  get $content_type(): string {
    return this.content_type.text;
  }

  get location(): string {
    return this.fields.read().get('location')?.[0] ?? '';
  }
}

function codingsOf(headers: ReadonlyMap<string, string[]>): string[] {
  const codings = headers.get('content-encoding')?.join(',').split(',') ?? [];
  return codings.map((coding) => coding.trim().toLowerCase()).filter((coding) => coding !== '');
}

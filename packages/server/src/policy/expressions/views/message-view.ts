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
  readonly #contentType = new Derived((raw: string) => new ContentTypeView(raw));
  readonly #cookies: Derived<ReadonlyMap<string, string[]>, Cookies>;

  constructor(
    message: { readonly headers: HeaderFields; readonly hasBody: boolean },
    turn: Turn,
    cookies: { readonly header: string; parse(lines: readonly string[]): Cookies },
  ) {
    this.#message = message;
    this.fields = new HeaderMap(message.headers, turn);
    this.#cookies = new Derived((headers) => cookies.parse(headers.get(cookies.header) ?? []));
  }

  get headers(): ReadonlyMap<string, string[]> {
    return this.fields.read();
  }

  get cookies(): Cookies {
    return this.#cookies.of(this.fields.read());
  }

  get content_encoding(): string[] {
    const codings = this.fields.joined('content-encoding').split(',');
    return codings.map((coding) => coding.trim().toLowerCase()).filter((coding) => coding !== '');
  }

  /** Undefined: there is content, of a length that nobody said. */
  get content_length(): bigint | undefined {
    const written = this.fields.read().get('content-length')?.[0] ?? '';
    if (/^\d{1,18}$/.test(written)) return BigInt(written);
    return this.#message.hasBody ? undefined : 0n;
  }

  get content_type(): ContentTypeView {
    return this.#contentType.of(this.fields.read().get('content-type')?.[0] ?? '');
  }

  get $content_type(): string {
    return this.content_type.text;
  }

  get location(): string {
    return this.fields.read().get('location')?.[0] ?? '';
  }
}

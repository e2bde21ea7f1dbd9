import { AditError } from '@adit/contracts';
import type { ConnectContext, PolicyHost, Template } from '@adit/policy-kit';

/** An address whose owner alone says who is called: expressions stand behind the host. */
export interface UrlText {
  readonly template: Template;
  /** Scheme, host and port, as `URL.origin` has them. */
  readonly origin: string;
}

/** Of the url, a parameter, a header line, once expressions are in it: services take no more, each in its own way. */
export const maxTextChars = 8_192;
/** Up to the path, the query, or the end: no user name, nothing that could be an expression. */
const beginning = /^https?:\/\/[^\s/?#@\\${}]+(?=[/?]|$)/i;
/** What would begin another part of the address, or what readers of addresses drop or take for something else. */
const structural = /[?#\\\s\p{Cc}\p{Cs}]/u;
const dotSegment = /^(?:\.|%2e){1,2}$/i;

/** @throws {AditError} 9600: not an address, or visitors could choose whose. 2200: as `PolicyHost.template`. */
export function checkedUrl(text: string, host: PolicyHost): UrlText {
  const template = host.template(text);
  const [start] = beginning.exec(text) ?? [];
  if (start === undefined) throw refused(text, 'it must begin with http(s):// and a host, both without expressions');
  const { origin } = parsed(start, text);
  const { constant } = template;
  if (constant !== null && !isPlain(constant)) throw refused(text, 'it has a fragment, a space, or a "." for a step');
  return { template, origin };
}

/** @throws {TypeError} Expressions made something else of it than what stands behind a host. */
export function renderUrl({ template, origin }: UrlText, context: ConnectContext): URL {
  const text = template.render(context, checkedValue);
  if (text.length > maxTextChars) throw new TypeError('Cannot call what expressions made of the url: it is too long');
  const url = new URL(text);
  const isSame = url.origin === origin && url.username === '' && url.password === '';
  if (!isSame || !isPlain(text)) throw new TypeError('Cannot call what expressions made of the url');
  return url;
}

function checkedValue(value: string): string {
  if (!structural.test(value)) return value;
  throw new TypeError('Cannot put the value of an expression into the url: it would begin another part of it');
}

/** No step of the path leads back, and nothing would be dropped. */
function isPlain(text: string): boolean {
  const [address = '', ...fragments] = text.split('#');
  const [path = ''] = address.split('?');
  return (
    fragments.length === 0 && !/[\\\s\p{Cc}]/u.test(text) && !path.split('/').some((step) => dotSegment.test(step))
  );
}

function parsed(start: string, text: string): URL {
  try {
    return new URL(start);
  } catch (cause) {
    throw new AditError(9600, `Cannot call "${text}": it is not an address`, { cause });
  }
}

function refused(text: string, reason: string): AditError {
  return new AditError(9600, `Cannot call "${text}": ${reason}`);
}

import { AditError } from '@adit/contracts';
import {
  type ConnectContext,
  checkedHeaderName,
  isHeaderValue,
  type PolicyHost,
  type Template,
} from '@adit/policy-kit';
import { turnsHeader } from './call-turns.ts';
import type { HttpRequestConfig } from './schema.ts';
import { checkedUrl, maxTextChars, renderUrl, type UrlText } from './url-text.ts';

const kept = new Map([
  ['host', 'the url says it'],
  [turnsHeader, 'by it the server notices circles'],
]);

/** One call as it is sent. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  /** What the owner of the policy wrote. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: none. */
  readonly body: string;
}

/** A call with its expressions. */
export interface CallText {
  readonly method: string;
  readonly url: UrlText;
  readonly query: readonly { readonly key: Template; readonly value: Template }[];
  readonly headers: readonly { readonly name: string; readonly value: Template }[];
  readonly body: Template;
}

/** @throws {AditError} 9600: it could not be sent, or not there. 2200: as `PolicyHost.template`. */
export function callText(config: HttpRequestConfig, host: PolicyHost): CallText {
  const { method, body } = config;
  if (method === 'GET' && body !== '') throw new AditError(9600, 'Cannot send a "body" with GET: it has no content');
  return {
    method,
    url: checkedUrl(config.url, host),
    query: config.query_params.map(({ key, value }) => ({ key: host.template(key), value: host.template(value) })),
    headers: Object.entries(config.headers).map(([written, value]) => ({
      name: checkedHeaderName(written, 'send', kept),
      value: host.template(value),
    })),
    body: host.template(body),
  };
}

/** @throws {TypeError} What expressions made of it cannot be sent. Also what `Template.render` throws. */
export function renderCall(text: CallText, context: ConnectContext): Call {
  const url = renderUrl(text.url, context);
  const query = text.query.map(({ key, value }) => `${encoded(key, context)}=${encoded(value, context)}`);
  const written = url.search.slice(1);
  if (query.length > 0) url.search = [...(written === '' ? [] : [written]), ...query].join('&');
  const headers: Record<string, string> = {};
  for (const { name, value } of text.headers) headers[name] = lineOf(value.render(context));
  return { method: text.method, url, headers, body: text.body.render(context) };
}

function encoded(template: Template, context: ConnectContext): string {
  const text = template.render(context);
  if (text.length > maxTextChars) throw new TypeError('Cannot call with a parameter that is so long');
  return encodeURIComponent(text.toWellFormed());
}

function lineOf(value: string): string {
  if (isHeaderValue(value) && value.length <= maxTextChars) return value;
  throw new TypeError('Cannot send a header: its value is too long, or has characters that headers have not');
}

import {
  checkedHeaderName,
  type Decision,
  definePolicy,
  isHeaderValue,
  type Pattern,
  proceed,
  type RequestContext,
  recheckRequest,
} from '@adit/policy-kit';
import { type RedirectConfig, redirectConfig } from './schema.ts';

/** A path of two slashes would be the name of a host: who asks for `//evil.test` shall not be sent there by a rule about paths. */
function onThisHost(location: string): string {
  return location.replace(/^\/{2,}/, '/');
}

/** Sends the visitor somewhere else; see README.md. */
export const redirect = definePolicy<RedirectConfig>({
  name: 'redirect',
  phases: ['on_http_request'],
  schema: redirectConfig,
  isTerminating: ({ from }) => from === undefined,
  reasons: { redirected: 'The address matches, and would change.' },
  results: { url: 'string', matches: 'list<string>' },
  prepare(config, host) {
    const { status_code: status } = config;
    const from = config.from === undefined ? undefined : host.template(config.from);
    const constant = from?.constant ?? null;
    const fixed = constant === null ? undefined : host.pattern(constant);
    const patternOf = (context: RequestContext): Pattern | undefined =>
      fixed ?? (from && host.pattern(from.render(context)));
    const to = host.template(config.to);
    const headers = Object.entries(config.headers).map(([name, value]) => {
      checkedHeaderName(name, 'answer with');
      return { name, value: host.template(value) };
    });
    const decide = (context: RequestContext): Decision => {
      const { request } = context;
      const { scheme, authority, target } = request;
      // `OPTIONS *` has no path (RFC 9110 §7.1).
      const url = `${scheme}://${authority}${target === '*' ? '' : target}`;
      const pattern = patternOf(context);
      const replaced = pattern ? pattern.replace(url, to.render(context)) : { text: to.render(context), matches: [] };
      const { matches } = replaced;
      const text = config.to.startsWith('//') ? replaced.text : onThisHost(replaced.text);
      context.setResult({ url: text, matches });
      if (text === url || (pattern && matches.length === 0)) return proceed;
      // An expression may have put a line break into it.
      if (!isHeaderValue(text) || /[\s\\]/.test(text)) throw new TypeError('Cannot redirect to what is no address');
      const lines = headers.flatMap(({ name, value }) => [name, value.render(context)]);
      return {
        ...{ outcome: 'respond', reason: 'redirect/redirected', status, isRefusal: false },
        ...{ headers: ['location', text, ...lines], body: new Uint8Array() },
      };
    };
    return { request: decide, recheck: recheckRequest(decide) };
  },
});

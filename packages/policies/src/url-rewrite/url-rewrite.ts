import {
  type Decision,
  definePolicy,
  type Pattern,
  type PolicyRequest,
  proceed,
  type RequestContext,
  recheckRequest,
} from '@adit/policy-kit';
import { type UrlRewriteConfig, urlRewriteConfig } from './schema.ts';

/** Changes the address that the service sees; see README.md. */
export const urlRewrite = definePolicy<UrlRewriteConfig>({
  name: 'url-rewrite',
  phases: ['on_http_request'],
  schema: urlRewriteConfig,
  reasons: {},
  results: { url: 'string', matches: 'list<string>' },
  prepare(config, host) {
    const from = host.template(config.from);
    const fixed = from.constant === null ? undefined : host.pattern(from.constant);
    const patternOf = (context: RequestContext): Pattern => fixed ?? host.pattern(from.render(context));
    const to = host.template(config.to);
    const request = (context: RequestContext): Decision => {
      const { text, matches } = patternOf(context).replace(urlOf(context.request), to.render(context));
      if (matches.length > 0) rewrite(context.request, text);
      context.setResult({ url: text, matches });
      return proceed;
    };
    return { request, recheck: recheckRequest(request) };
  },
});

function urlOf({ scheme, headers, authority, target }: PolicyRequest): string {
  // `OPTIONS *` has no path (RFC 9110 §7.1).
  return `${scheme}://${headers.first('host') ?? authority}${target === '*' ? '' : target}`;
}

/** Path, query and Host line; the scheme is the connection's and stays. */
function rewrite(request: PolicyRequest, url: string): void {
  const match = /^https?:\/\/([^/?#\s]+)([/?][^#\s]*)?(?:#.*)?$/i.exec(url);
  if (!match) throw new TypeError('Cannot rewrite to what is no address');
  const [, authority = '', rest = request.target === '*' ? '*' : '/'] = match;
  request.target = rest.startsWith('?') ? `/${rest}` : rest;
  if (authority !== (request.headers.first('host') ?? request.authority)) request.headers.set('host', authority);
}

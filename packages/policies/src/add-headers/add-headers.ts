import {
  type ConnectContext,
  checkedHeaderName,
  type Decision,
  definePolicy,
  type HeaderFields,
  proceed,
  type RequestContext,
  recheckRequest,
  type Template,
} from '@adit/policy-kit';
import { type AddHeadersConfig, addHeadersConfig } from './schema.ts';

const kept = new Map([['user-agent', 'what the visitor uses is for him to say']]);

/** Puts header lines into requests or answers; see README.md. */
export const addHeaders = definePolicy<AddHeadersConfig>({
  name: 'add-headers',
  phases: ['on_http_request', 'on_http_response'],
  schema: addHeadersConfig,
  reasons: {},
  results: { headers_added: 'map<string, string>' },
  prepare({ headers }, host) {
    const lines = Object.entries(headers).map(([written, value]) => ({
      name: checkedHeaderName(written, 'add', kept),
      value: host.template(value),
    }));
    const request = (context: RequestContext): Decision => {
      addTo(context.request.headers, lines, context);
      return proceed;
    };
    return {
      request,
      response(context) {
        addTo(context.response.headers, lines, context);
        return proceed;
      },
      recheck: recheckRequest(request),
    };
  },
});

interface Line {
  readonly name: string;
  readonly value: Template;
}

/** `host` is one line and no more; of all others there may be several. */
function addTo(fields: HeaderFields, lines: readonly Line[], context: ConnectContext): void {
  const added: Record<string, string> = {};
  for (const { name, value } of lines) {
    const text = value.render(context);
    if (name === 'host') fields.set(name, text);
    else fields.add(name, text);
    added[name] = text;
  }
  context.setResult({ headers_added: added });
}

import { AditError } from '@adit/contracts';
import {
  type ConnectContext,
  type Decision,
  definePolicy,
  type HeaderFields,
  isHeaderName,
  proceed,
  type RequestContext,
  recheckRequest,
  reservedHeader,
  type Template,
} from '@adit/policy-kit';
import { type AddHeadersConfig, addHeadersConfig } from './schema.ts';

/** Puts header lines into requests or answers; see README.md. */
export const addHeaders = definePolicy<AddHeadersConfig>({
  name: 'add-headers',
  phases: ['on_http_request', 'on_http_response'],
  schema: addHeadersConfig,
  reasons: {},
  results: { headers_added: 'map<string, string>' },
  prepare({ headers }, host) {
    const lines = Object.entries(headers).map(([written, value]) => ({
      name: checkedName(written),
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

/** @throws {AditError} 9600: it is none, or not for policies to write. */
function checkedName(written: string): string {
  const reason = isHeaderName(written) ? reasonAgainst(written) : 'it is no name of a header';
  if (reason !== null) throw new AditError(9600, `Cannot add the header "${written}": ${reason}`);
  return written.toLowerCase();
}

function reasonAgainst(name: string): string | null {
  if (name.toLowerCase() === 'user-agent') return 'what the visitor uses is for him to say';
  return reservedHeader(name);
}

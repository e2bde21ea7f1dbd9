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
} from '@adit/policy-kit';
import { type RemoveHeadersConfig, removeHeadersConfig } from './schema.ts';

/** Takes header lines out of requests or answers; see README.md. */
export const removeHeaders = definePolicy<RemoveHeadersConfig>({
  name: 'remove-headers',
  phases: ['on_http_request', 'on_http_response'],
  schema: removeHeadersConfig,
  reasons: {},
  results: { headers_removed: 'list<string>' },
  prepare({ headers }) {
    const names = headers.map(checkedName);
    const removeFrom = (fields: HeaderFields, context: ConnectContext): void =>
      context.setResult({ headers_removed: names.filter((name) => fields.remove(name)) });
    const request = (context: RequestContext): Decision => {
      removeFrom(context.request.headers, context);
      return proceed;
    };
    return {
      request,
      response(context) {
        removeFrom(context.response.headers, context);
        return proceed;
      },
      recheck: recheckRequest(request),
    };
  },
});

/** @throws {AditError} 9600: it is none, or must stay. */
function checkedName(written: string): string {
  const reason = isHeaderName(written) ? reasonAgainst(written) : 'it is no name of a header';
  if (reason !== null) throw new AditError(9600, `Cannot remove the header "${written}": ${reason}`);
  return written.toLowerCase();
}

function reasonAgainst(name: string): string | null {
  const lower = name.toLowerCase();
  if (lower === 'host') return 'a request needs one; add-headers replaces it';
  if (lower === 'user-agent') return 'what the visitor uses is for him to say';
  return reservedHeader(name);
}

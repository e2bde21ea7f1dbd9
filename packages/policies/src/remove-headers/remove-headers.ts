import {
  type ConnectContext,
  checkedHeaderName,
  comparableHeader,
  type Decision,
  definePolicy,
  type HeaderFields,
  proceed,
  type RequestContext,
  recheckRequest,
} from '@adit/policy-kit';
import { type RemoveHeadersConfig, removeHeadersConfig } from './schema.ts';

const kept = new Map([
  ['host', 'a request needs one; add-headers replaces it'],
  ['user-agent', 'what the visitor uses is for him to say'],
]);

/** Takes header lines out of requests or answers; see README.md. */
export const removeHeaders = definePolicy<RemoveHeadersConfig>({
  name: 'remove-headers',
  phases: ['on_http_request', 'on_http_response'],
  schema: removeHeadersConfig,
  reasons: {},
  results: { headers_removed: 'list<string>' },
  prepare({ headers }) {
    const names = headers.map((written) => checkedHeaderName(written, 'remove', kept));
    const removeFrom = (fields: HeaderFields, context: ConnectContext): void =>
      context.setResult({ headers_removed: names.filter((name) => removeAll(fields, name)) });
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

/** Also lines that a visitor spelled so that only services take them for the name. Answers whether there was any. */
function removeAll(fields: HeaderFields, name: string): boolean {
  const spellings = fields.lines.filter((text, i) => i % 2 === 0 && isOddSpelling(text, name));
  for (const spelling of spellings) fields.remove(spelling);
  return fields.remove(name) || spellings.length > 0;
}

function isOddSpelling(written: string, name: string): boolean {
  return written.length === name.length && /[^a-z0-9-]/i.test(written) && comparableHeader(written) === name;
}

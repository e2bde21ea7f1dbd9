import { type ConnectContext, type Decision, definePolicy, proceed } from '@adit/policy-kit';
import { type LogConfig, logConfig } from './schema.ts';

/** Notes something in the event of the request or connection; see README.md. */
export const log = definePolicy<LogConfig>({
  name: 'log',
  phases: ['on_tcp_connect', 'on_http_request', 'on_http_response'],
  schema: logConfig,
  reasons: {},
  results: { metadata: 'map<string, string>' },
  prepare({ metadata }, host) {
    const fields = Object.entries(metadata).map(([name, value]) => ({ name, value: host.template(value) }));
    const write = (context: ConnectContext): Decision => {
      const rendered = Object.fromEntries(fields.map(({ name, value }) => [name, value.render(context)]));
      context.setResult({ metadata: rendered });
      context.log(rendered);
      return proceed;
    };
    return { connect: write, request: write, response: write, recheck: () => proceed };
  },
});

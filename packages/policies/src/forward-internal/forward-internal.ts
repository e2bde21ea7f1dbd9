import { type ConnectContext, type Decision, definePolicy, proceed } from '@adit/policy-kit';
import { type ForwardInternalConfig, forwardInternalConfig } from './schema.ts';

const offline: Decision = Object.freeze({ outcome: 'deny', reason: 'forward-internal/offline', code: 3200 });

/** Sends visitors on to an internal endpoint of the account; see README.md. */
export const forwardInternal = definePolicy<ForwardInternalConfig>({
  name: 'forward-internal',
  phases: ['on_tcp_connect', 'on_http_request'],
  schema: forwardInternalConfig,
  isTerminating: ({ on_error }) => on_error === 'halt',
  reasons: { offline: 'There is no such endpoint online now.', forwarded: 'There is.' },
  results: { url: 'string', error: { code: 'string', message: 'string' } },
  prepare(config, host) {
    const url = host.template(config.url);
    const decide = (context: ConnectContext): Decision => {
      const wanted = url.render(context);
      const target = host.findInternal(wanted, context.endpoint.scheme);
      if (target) return { outcome: 'reroute', reason: 'forward-internal/forwarded', target };
      context.setResult({ url: wanted, error: { code: 'ERR_ADIT_3200', message: 'The endpoint is offline' } });
      return config.on_error === 'continue' ? proceed : offline;
    };
    // What lives goes on only if it would be sent to the same place.
    return { connect: decide, request: decide, recheck: decide };
  },
});

import { type ConnectContext, type Decision, definePolicy, type InternalTarget, proceed } from '@adit/policy-kit';
import { type ForwardInternalConfig, forwardInternalConfig } from './schema.ts';

const offline: Decision = Object.freeze({ outcome: 'deny', reason: 'forward-internal/offline', code: 3200 });

/** For agents that are on their way, which host.awaitInternal waits for less long. */
const maxWaitMs = 20_000;

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
    const decideOn = (context: ConnectContext, wanted: string, target: InternalTarget | undefined): Decision => {
      if (target) return { outcome: 'reroute', reason: 'forward-internal/forwarded', target };
      context.setResult({ url: wanted, error: { code: 'ERR_ADIT_3200', message: 'The endpoint is offline' } });
      return config.on_error === 'continue' ? proceed : offline;
    };
    const recheck = (context: ConnectContext): Decision => {
      const wanted = url.render(context);
      return decideOn(context, wanted, host.findInternal(wanted, context.endpoint.scheme));
    };
    const decide = (context: ConnectContext): Decision | Promise<Decision> => {
      const wanted = url.render(context);
      const { scheme } = context.endpoint;
      const target = host.findInternal(wanted, scheme);
      // Whoever has a next action for them does not want them to wait.
      const coming = target || config.on_error === 'continue' ? undefined : host.awaitInternal(wanted, scheme);
      return coming ? coming.then((come) => decideOn(context, wanted, come)) : decideOn(context, wanted, target);
    };
    // What lives goes on only if it would be sent to the same place.
    return { connect: decide, request: decide, recheck, timeoutMs: maxWaitMs };
  },
});

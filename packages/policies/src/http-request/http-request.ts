import {
  type ConnectFacts,
  type Decision,
  definePolicy,
  type PolicyHost,
  proceed,
  type RequestContext,
  Slots,
} from '@adit/policy-kit';
import { denialOf, errorOf, failures } from './call-failure.ts';
import { resultShape, shownAnswer, shownAttempt } from './call-results.ts';
import { type Call, callText, renderCall } from './call-text.ts';
import { nextTurns, turnsHeader } from './call-turns.ts';
import { retryOf } from './retry.ts';
import { type Attempt, runAttempts } from './run-attempts.ts';
import { type HttpRequestConfig, httpRequestConfig } from './schema.ts';

/** Calls under way for one endpoint: each may hold a megabyte. */
const maxUnderWay = 100;
/** For what comes after the last call: the chain's own alarm must not be the first. */
const graceMs = 2_000;

/** Asks another service; see README.md. */
export const httpRequest = definePolicy<HttpRequestConfig>({
  name: 'http-request',
  phases: ['on_http_request', 'on_http_response'],
  schema: httpRequestConfig,
  reasons: Object.fromEntries(Object.entries(failures).map(([reason, { when }]) => [reason, when])),
  results: resultShape,
  prepare(config, host) {
    const text = callText(config, host);
    const retry = retryOf(config.retry_condition, host);
    const { on_error: onError, max_redirects: maxRedirects, timeout: timeoutMs } = config;

    /** As if nobody had answered. */
    function notCalled(context: Pick<RequestContext, 'setResult' | 'wouldCall'>): Decision {
      context.wouldCall();
      context.setResult(emptyResult);
      return onError === 'continue' ? proceed : denialOf('not-called');
    }

    async function decide(context: RequestContext): Promise<Decision> {
      const turns = nextTurns(context.request.headers);
      // Whatever `on_error` says, as for `busy` below: visitors can bring it about, and must not get around an answer by it.
      if (turns === undefined) return denialOf('circle');
      const call = renderCall(text, context);
      if (context.isDry) return notCalled(context);
      const release = context.state('calls', () => new Slots(maxUnderWay)).take();
      if (!release) return denialOf('busy');
      try {
        const ownHeaders = { 'x-forwarded-for': context.connection.clientIp };
        const fetch = fetchFor(call, context.connection, host);
        const send = { fetch, maxRedirects, ownHeaders, turns: { [turnsHeader]: turns } };
        const attempts = await runAttempts(call, context, { host, send, timeoutMs, retry });
        context.setResult(resultOf(attempts));
        const reason = attempts.at(-1)?.reason ?? null;
        return reason === null || onError === 'continue' ? proceed : denialOf(reason);
      } finally {
        release();
      }
    }

    return {
      request: decide,
      response: decide,
      recheck: notCalled,
      timeoutMs: timeoutMs + graceMs,
    };
  },
});

/** By whom the policy names. Who answers cannot send it on from one kind to the other. */
function fetchFor({ url }: Call, from: ConnectFacts, host: PolicyHost): PolicyHost['fetch'] {
  return /\.internal\.?$/.test(url.hostname) ? (...args) => host.fetchInternal(from, ...args) : host.fetch;
}

/** Of the last attempt, with a line for each. */
function resultOf(attempts: readonly Attempt[]): Readonly<Record<string, unknown>> {
  const last = attempts.at(-1);
  return {
    error: errorOf(last?.reason ?? null),
    attempts: attempts.map(({ res }) => shownAttempt(res)),
    req: last?.req,
    res: last?.res,
  };
}

/** Of the same types as others. */
const emptyResult = {
  error: errorOf('not-called'),
  attempts: [],
  req: { method: '', header: new Map(), url: '', body: '' },
  res: shownAnswer(undefined, 0),
};

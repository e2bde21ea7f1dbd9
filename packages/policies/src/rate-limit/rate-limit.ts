import { type Decision, definePolicy, proceed, type RequestContext } from '@adit/policy-kit';
import { type RateLimitConfig, rateLimitConfig } from './schema.ts';
import { bucketOf, SlidingWindows } from './sliding-windows.ts';

/** Lets so many requests in a while pass; see README.md. */
export const rateLimit = definePolicy<RateLimitConfig>({
  name: 'rate-limit',
  phases: ['on_http_request'],
  schema: rateLimitConfig,
  reasons: { limited: 'There were as many requests with the same key as may be.' },
  results: { bucket_key: 'string', limited: 'bool' },
  prepare(config, host) {
    const key = config.bucket_key.map((text) => host.expression(text));
    const limit = { capacity: config.capacity, rateMs: config.rate };
    // By name: another limit of the same endpoint counts for itself, and goes on counting when the policy changes. And by rate: windows of
    // two lengths in one place would each wipe out what the other has counted.
    const counted = `${config.rate} ${config.name}`;

    function decide(context: RequestContext): Decision {
      const values = key.map((expression) => expression.render(context));
      const windows = context.state(counted, () => new SlidingWindows());
      const waitMs = windows.take(bucketOf(values), limit, { nowMs: context.nowMs, isDry: context.isDry });
      context.setResult({ bucket_key: JSON.stringify(values), limited: waitMs > 0 });
      if (waitMs === 0 || !config.enforce) return proceed;
      const headers = ['retry-after', String(Math.ceil(waitMs / 1000))];
      return { outcome: 'deny', reason: 'rate-limit/limited', code: 9612, headers };
    }
    return { request: decide };
  },
});

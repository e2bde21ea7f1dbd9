import { type Decision, definePolicy, type Outcome, proceed, type RequestContext } from '@adit/policy-kit';
import { Breaker, type Ending } from './breaker.ts';
import { type CircuitBreakerConfig, circuitBreakerConfig } from './schema.ts';

const open: Decision = Object.freeze({ outcome: 'deny', reason: 'circuit-breaker/open', code: 3202 });

/** Spares a service that fails; see README.md. */
export const circuitBreaker = definePolicy<CircuitBreakerConfig>({
  name: 'circuit-breaker',
  phases: ['on_http_request'],
  schema: circuitBreakerConfig,
  reasons: { open: 'Too large a share of the latest answers were errors.' },
  prepare(config) {
    const settings = {
      errorThreshold: config.error_threshold,
      volumeThreshold: config.volume_threshold,
      windowMs: config.window_duration,
      trippedMs: config.tripped_duration,
    };
    // Two that would open at different times cannot be one.
    const key = `breaker ${Object.values(settings).join(' ')}`;
    const breakerOf = (context: RequestContext): Breaker => context.state(key, () => new Breaker());
    return {
      request(context) {
        const { request, nowMs, isDry } = context;
        const breaker = breakerOf(context);
        const isIn = isDry ? !breaker.isOpen(settings, nowMs) : breaker.enter(request, settings, nowMs);
        return isIn || !config.enforce ? proceed : open;
      },
      outcome(outcome, context) {
        const { request, nowMs, isDry } = context;
        if (!isDry) breakerOf(context).ended(request, { ending: endingOf(outcome), nowMs }, settings);
      },
    };
  },
});

/** No answer at all is the service's failure, too; but not that a visitor left, or that another policy refused him. */
function endingOf({ upstreamStatus, hasUpstreamFailed }: Outcome): Ending {
  if (upstreamStatus === null) return hasUpstreamFailed ? 'error' : 'unknown';
  return upstreamStatus >= 500 ? 'error' : 'right';
}

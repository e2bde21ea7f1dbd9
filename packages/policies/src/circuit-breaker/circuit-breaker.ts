import { type Decision, definePolicy, proceed } from '@adit/policy-kit';
import { Breaker } from './breaker.ts';
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
    return {
      request(context) {
        const breaker = context.state('breaker', () => new Breaker());
        const isIn = context.isDry ? !breaker.isOpen(settings, context.nowMs) : breaker.enter(settings, context.nowMs);
        return isIn || !config.enforce ? proceed : open;
      },
      outcome({ upstreamStatus }, context) {
        if (context.isDry) return;
        const breaker = context.state('breaker', () => new Breaker());
        // No answer at all is the service's failure, too.
        breaker.ended(upstreamStatus === null || upstreamStatus >= 500, settings, context.nowMs);
      },
    };
  },
});

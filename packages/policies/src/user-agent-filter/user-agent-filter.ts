import { type Decision, definePolicy, proceed, type RequestContext, recheckRequest } from '@adit/policy-kit';
import { type UserAgentFilterConfig, userAgentFilterConfig } from './schema.ts';

const refused: Decision = Object.freeze({ outcome: 'deny', reason: 'user-agent-filter/not-allowed', code: 3211 });

/** Lets visitors in by what they say they use; see README.md. */
export const userAgentFilter = definePolicy<UserAgentFilterConfig>({
  name: 'user-agent-filter',
  phases: ['on_http_request'],
  schema: userAgentFilterConfig,
  reasons: { 'not-allowed': 'No pattern of the allow list matches, and one of the deny list does, or there is none.' },
  prepare(config, host) {
    const allow = config.allow.map((source) => host.pattern(source));
    const deny = config.deny.map((source) => host.pattern(source));
    function decide({ request }: RequestContext): Decision {
      const agent = request.headers.first('user-agent') ?? '';
      if (allow.some((pattern) => pattern.test(agent))) return proceed;
      const isDenied = agent === '' || deny.length === 0 || deny.some((pattern) => pattern.test(agent));
      return isDenied ? refused : proceed;
    }
    return { request: decide, recheck: recheckRequest(decide) };
  },
});

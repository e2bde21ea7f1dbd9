import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  checkedHeaderName,
  type Decision,
  definePolicy,
  proceed,
  type RequestContext,
  recheckRequest,
} from '@adit/policy-kit';
import { type HeaderAuthConfig, headerAuthConfig } from './schema.ts';

const missing: Decision = Object.freeze({ outcome: 'deny', reason: 'header-auth/missing', code: 9610 });
const wrong: Decision = Object.freeze({ outcome: 'deny', reason: 'header-auth/wrong', code: 9610 });

/** Lets in who shows a secret in a header; see README.md. */
export const headerAuth = definePolicy<HeaderAuthConfig>({
  name: 'header-auth',
  phases: ['on_http_request'],
  schema: headerAuthConfig,
  reasons: { missing: 'The request has not that header, or has it twice.', wrong: 'It says something else.' },
  results: { authorized: 'bool' },
  prepare(config, host) {
    checkedHeaderName(config.header, 'use');
    const secrets = config.secrets.map((text) => host.template(text));
    const key = randomBytes(32);
    const digestOf = (text: string): Buffer => createHmac('sha256', key).update(text).digest();

    function isSecret(shown: string, context: RequestContext): boolean {
      const digest = digestOf(shown);
      let isKnown = false;
      for (const secret of secrets) {
        const text = secret.render(context);
        // An expression that stands for nothing must not let in who shows nothing.
        if (text !== '' && timingSafeEqual(digestOf(config.prefix + text), digest)) isKnown = true;
      }
      return isKnown;
    }

    function judge(context: RequestContext): Decision {
      const [shown, ...others] = context.request.headers.values(config.header);
      if (shown === undefined || others.length > 0) return missing;
      return isSecret(shown, context) ? proceed : wrong;
    }

    function decide(context: RequestContext): Decision {
      const decision = judge(context);
      context.setResult({ authorized: decision === proceed });
      // It is between the visitor and us.
      if (config.strip) context.request.headers.remove(config.header);
      return config.enforce ? decision : proceed;
    }
    return { request: decide, recheck: recheckRequest(decide) };
  },
});

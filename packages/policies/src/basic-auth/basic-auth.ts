import { type Decision, definePolicy, proceed, type RequestContext, recheckRequest } from '@adit/policy-kit';
import { Credentials } from './credentials.ts';
import { presentedCredential } from './presented-credential.ts';
import { type BasicAuthConfig, basicAuthConfig } from './schema.ts';
import { clientOf, Throttle } from './throttle.ts';

/** Lets in who knows a user name and its password; see README.md. */
export const basicAuth = definePolicy<BasicAuthConfig>({
  name: 'basic-auth',
  phases: ['on_http_request'],
  schema: basicAuthConfig,
  reasons: {
    missing: 'The request has no user name and password.',
    wrong: 'They are not among those that may enter.',
    throttled: 'There were too many wrong ones from there.',
  },
  results: { authorized: 'bool', credentials: { presented: 'bool', username: 'string' } },
  prepare(config, host) {
    const credentials = new Credentials(config.credentials.map((text) => host.template(text)));
    // RFC 7617 §2, §2.1.
    const realm = config.realm.replaceAll(/["\\]/g, '\\$&');
    const headers = ['www-authenticate', `Basic realm="${realm}", charset="UTF-8"`];
    const refuse = (reason: string): Decision => ({
      ...{ outcome: 'deny', reason: `basic-auth/${reason}`, code: 9610, headers },
    });
    const throttled: Decision = { outcome: 'deny', reason: 'basic-auth/throttled', code: 9611 };

    function judge(context: RequestContext): Decision {
      const presented = presentedCredential(context.request.headers);
      const isRight = presented !== null && credentials.has(presented, context);
      context.setResult(resultOf(presented, isRight));
      if (isRight) return proceed;
      if (presented === null) return refuse('missing');
      if (!context.isDry) throttleOf(context).failed(clientOf(context.connection.clientIp), context.nowMs);
      return refuse('wrong');
    }

    function decide(context: RequestContext): Decision {
      const isBlocked = throttleOf(context).isBlocked(clientOf(context.connection.clientIp), context.nowMs);
      if (isBlocked) context.setResult(resultOf(presentedCredential(context.request.headers), false));
      const decision = isBlocked ? throttled : judge(context);
      return config.enforce ? decision : proceed;
    }
    // Whoever is blocked now has a right one all the same.
    return { request: decide, recheck: recheckRequest((context) => (config.enforce ? judge(context) : proceed)) };
  },
});

function resultOf(presented: string | null, authorized: boolean) {
  const username = presented?.split(':', 1)[0] ?? '';
  return { authorized, credentials: { presented: presented !== null, username } };
}

function throttleOf(context: RequestContext): Throttle {
  return context.state('throttle', () => new Throttle());
}

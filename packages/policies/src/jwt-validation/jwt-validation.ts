import { type Decision, definePolicy, proceed, recheckRequest } from '@adit/policy-kit';
import { denialOf, errorOf, type RefusalReason, refusals, TokenRefused } from './refusal.ts';
import { type JwtValidationConfig, jwtValidationConfig } from './schema.ts';
import { TokenJudge } from './token-judge.ts';

/** Lets in who has a token that an issuer has signed; see README.md. */
export const jwtValidation = definePolicy<JwtValidationConfig>({
  name: 'jwt-validation',
  phases: ['on_http_request'],
  schema: jwtValidationConfig,
  reasons: Object.fromEntries(Object.entries(refusals).map(([reason, { when }]) => [reason, when])),
  results: { tokens: 'list<dyn>', error: { code: 'string', message: 'string' } },
  prepare(config, host) {
    const judge = new TokenJudge(config, host);
    return {
      async request(context) {
        const tokens: object[] = [];
        try {
          for (const place of judge.places) tokens.push(await judge.judge(place, context));
        } catch (error) {
          const reason = reasonOf(error);
          if (context.isDry && mayBeFetched.has(reason)) context.wouldCall();
          context.setResult({ tokens, error: errorOf(reason) });
          return denialOf(reason);
        }
        context.setResult({ tokens, error: noError });
        return proceed;
      },
      recheck: recheckRequest((context): Decision => {
        try {
          const tokens = judge.places.map((place) => judge.judgeAgain(place, context));
          context.setResult({ tokens, error: noError });
        } catch (error) {
          return denialOf(reasonOf(error));
        }
        return proceed;
      }),
    };
  },
});

const noError = Object.freeze({ code: '', message: '' });

/** By the keys that are known. Others may be there for the asking. */
const mayBeFetched: ReadonlySet<RefusalReason> = new Set(['keys-unavailable', 'unknown-key']);

/** @throws What is no refusal of ours: the chain refuses and logs it. */
function reasonOf(error: unknown): RefusalReason {
  if (error instanceof TokenRefused) return error.reason;
  throw error;
}

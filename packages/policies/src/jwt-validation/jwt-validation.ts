import { AditError } from '@adit/contracts';
import {
  type ConnectContext,
  type Decision,
  definePolicy,
  isHeaderName,
  type PolicyHost,
  proceed,
  type RequestContext,
  recheckRequest,
  type Template,
} from '@adit/policy-kit';
import { type Place, tokenInBody, tokenInHeader } from './find-token.ts';
import { JwksSource } from './jwks-source.ts';
import { Keyring } from './keyring.ts';
import { type ParsedToken, parseToken } from './parsed-token.ts';
import { denialOf, errorOf, type RefusalReason, refusals, TokenRefused } from './refusal.ts';
import { type JwtValidationConfig, jwtValidationConfig, type TokenPlace } from './schema.ts';
import { type Demands, problemOf, verifyToken } from './token-gate.ts';
import { tokenRules } from './token-types.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Lets in who has a token that an issuer has signed; see README.md. */
export const jwtValidation = definePolicy<JwtValidationConfig>({
  name: 'jwt-validation',
  phases: ['on_http_request'],
  schema: jwtValidationConfig,
  reasons: Object.fromEntries(Object.entries(refusals).map(([reason, { when }]) => [reason, when])),
  results: { tokens: 'list<dyn>', error: { code: 'string', message: 'string' } },
  prepare(config, host) {
    const texts = textsOf(config, host);
    const keyring = new Keyring(host);

    function demandsOf({ type }: TokenPlace, context: ConnectContext): Demands {
      const render = (templates: readonly Template[]) =>
        templates.map((template) => nonEmpty(template.render(context)));
      return {
        rule: tokenRules[type],
        algorithms: config.jws.allowed_algorithms,
        urls: render(texts.urls),
        issuers: render(texts.issuers),
        audiences: texts.audiences && render(texts.audiences),
        nowMs: context.nowMs,
        toleranceMs: config.clock_tolerance_seconds * 1000,
      };
    }

    async function judge(place: PlaceTexts, context: RequestContext): Promise<object> {
      const { request, isDry } = context;
      const at = { name: place.name.render(context), prefix: place.prefix.render(context) };
      const isHeader = place.written.method === 'header';
      const text = isHeader ? tokenInHeader(request, at) : await tokenInBody(request, at, config.max_body_bytes);
      const token = parseToken(text);
      const url = await verifyToken(token, demandsOf(place.written, context), { keyring, isDry });
      if (!isDry) verifiedOf(context).add(text, url);
      return resultOf(token, place.written, at);
    }

    /** At once, and by what is known: see README.md, "Live streams". */
    function judgeAgain(place: PlaceTexts, context: RequestContext): RefusalReason | undefined {
      if (place.written.method === 'body') return 'keys-unavailable';
      const at = { name: place.name.render(context), prefix: place.prefix.render(context) };
      const token = parseToken(tokenInHeader(context.request, at));
      const demands = demandsOf(place.written, context);
      return verifiedOf(context).has(token.text, demands.urls) ? problemOf(token, demands) : 'keys-unavailable';
    }

    return {
      async request(context) {
        const tokens: object[] = [];
        try {
          for (const place of texts.places) tokens.push(await judge(place, context));
        } catch (error) {
          const reason = reasonOf(error);
          context.setResult({ tokens, error: errorOf(reason) });
          return denialOf(reason);
        }
        context.setResult({ tokens, error: { code: '', message: '' } });
        return proceed;
      },
      recheck: recheckRequest((context): Decision => {
        try {
          for (const place of texts.places) {
            const reason = judgeAgain(place, context);
            if (reason) return denialOf(reason);
          }
        } catch (error) {
          return denialOf(reasonOf(error));
        }
        return proceed;
      }),
    };
  },
});

interface PlaceTexts {
  readonly written: TokenPlace;
  readonly name: Template;
  readonly prefix: Template;
}

interface Texts {
  readonly issuers: readonly Template[];
  readonly audiences: readonly Template[] | null;
  readonly urls: readonly Template[];
  readonly places: readonly PlaceTexts[];
}

/** @throws {AditError} 9600: an address or a name that cannot be one. 2200: as `PolicyHost.template`. */
function textsOf({ issuer, audience, http, jws }: JwtValidationConfig, host: PolicyHost): Texts {
  const urls = jws.keys.flatMap(({ sources }) => sources.flatMap((source) => source.additional_jkus));
  return {
    issuers: issuer.allow_list.map(({ value }) => host.template(value)),
    audiences: audience?.allow_list.map(({ value }) => host.template(value)) ?? null,
    urls: urls.map((text) => checkedAddress(host.template(text), host)),
    places: http.tokens.map((written) => ({
      written,
      name: checkedName(host.template(written.name), written),
      prefix: host.template(written.prefix),
    })),
  };
}

function checkedAddress(template: Template, host: PolicyHost): Template {
  try {
    if (template.constant !== null) new JwksSource(template.constant, host);
    return template;
  } catch (cause) {
    throw new AditError(9600, `Cannot fetch keys from "${template.text}": it is not an address with https`, { cause });
  }
}

function checkedName(template: Template, { method }: TokenPlace): Template {
  if (method === 'body' || template.constant === null || isHeaderName(template.constant)) return template;
  throw new AditError(9600, `Cannot use the header "${template.text}": it is no name of a header`);
}

/** @throws {TypeError} An expression stands for nothing, which must not let in who shows nothing. */
function nonEmpty(text: string): string {
  if (text === '') throw new TypeError('Cannot check tokens: an expression of the policy is empty');
  return text;
}

/** @throws What is no refusal of ours: the chain refuses and logs it. */
function reasonOf(error: unknown): RefusalReason {
  if (error instanceof TokenRefused) return error.reason;
  throw error;
}

function resultOf({ header, payload, signature }: ParsedToken, { method }: TokenPlace, { name }: Place): object {
  return { header, payload, signature, location: method, location_property: name, verified: true };
}

function verifiedOf(context: ConnectContext): VerifiedTokens {
  return context.state('verified', () => new VerifiedTokens());
}

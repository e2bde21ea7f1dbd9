import type { ConnectContext, PolicyHost, RequestContext, Template } from '@adit/policy-kit';
import { type PlaceTexts, type Texts, textsOf } from './config-texts.ts';
import { type Place, tokenInBody, tokenInHeader } from './find-token.ts';
import { Keyring } from './keyring.ts';
import { type ParsedToken, parseToken } from './parsed-token.ts';
import { TokenRefused } from './refusal.ts';
import type { JwtValidationConfig, TokenPlace } from './schema.ts';
import { type Demands, problemOf, verifyToken } from './token-gate.ts';
import { tokenRules } from './token-types.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Judges the tokens of requests by one configuration. */
export class TokenJudge {
  readonly #config: JwtValidationConfig;
  readonly #texts: Texts;
  readonly #keyring: Keyring;

  /** @throws {AditError} As `textsOf`. */
  constructor(config: JwtValidationConfig, host: PolicyHost) {
    this.#config = config;
    this.#texts = textsOf(config, host);
    this.#keyring = new Keyring(host);
  }

  /** Where tokens have to be: in all of them. */
  get places(): readonly PlaceTexts[] {
    return this.#texts.places;
  }

  /**
   * What is known of a token that is good.
   *
   * @throws {TokenRefused} It is not, or is not there. @throws {TypeError} An expression stands for nothing.
   */
  async judge(place: PlaceTexts, context: RequestContext): Promise<object> {
    const { request, isDry } = context;
    const at = placeOf(place, context);
    const isHeader = place.written.method === 'header';
    const text = isHeader ? tokenInHeader(request, at) : await tokenInBody(request, at, this.#config.max_body_bytes);
    const token = parseToken(text);
    const demands = this.#demandsOf(place.written, context);
    const url = await verifyToken(token, demands, { keyring: this.#keyring, isDry });
    if (!isDry) verifiedOf(context).add(text, url);
    return resultOf(token, place.written, at);
  }

  /** As `judge`, of a stream that is open: at once, and by what is known; see README.md, "Live streams". */
  judgeAgain(place: PlaceTexts, context: RequestContext): object {
    if (place.written.method === 'body') throw new TokenRefused('keys-unavailable');
    const at = placeOf(place, context);
    const token = parseToken(tokenInHeader(context.request, at));
    const demands = this.#demandsOf(place.written, context);
    const isKnown = verifiedOf(context).has(token.text, demands.urls);
    const reason = isKnown ? problemOf(token, demands) : 'keys-unavailable';
    if (reason) throw new TokenRefused(reason);
    return resultOf(token, place.written, at);
  }

  #demandsOf({ type }: TokenPlace, context: ConnectContext): Demands {
    const { urls, issuers, audiences } = this.#texts;
    const render = (templates: readonly Template[]) => templates.map((template) => nonEmpty(template.render(context)));
    return {
      rule: tokenRules[type],
      algorithms: this.#config.jws.allowed_algorithms,
      urls: render(urls),
      issuers: render(issuers),
      audiences: audiences && render(audiences),
      nowMs: context.nowMs,
      toleranceMs: this.#config.clock_tolerance_seconds * 1000,
    };
  }
}

function placeOf({ name, prefix }: PlaceTexts, context: RequestContext): Place {
  return { name: name.render(context), prefix: prefix.render(context) };
}

/** @throws {TypeError} An expression stands for nothing, which must not let in who shows nothing. */
function nonEmpty(text: string): string {
  if (text === '') throw new TypeError('Cannot check tokens: an expression of the policy is empty');
  return text;
}

function resultOf({ header, payload, signature }: ParsedToken, { method }: TokenPlace, { name }: Place): object {
  return { header, payload, signature, location: method, location_property: name, verified: true };
}

function verifiedOf(context: ConnectContext): VerifiedTokens {
  return context.state('verified', () => new VerifiedTokens());
}

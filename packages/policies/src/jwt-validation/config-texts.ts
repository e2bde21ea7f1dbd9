import { AditError } from '@adit/contracts';
import { isHeaderName, type PolicyHost, type Template } from '@adit/policy-kit';
import { JwksSource } from './jwks-source.ts';
import type { JwtValidationConfig, TokenPlace } from './schema.ts';

/** Where a token is looked for. */
export interface PlaceTexts {
  readonly written: TokenPlace;
  readonly name: Template;
  readonly prefix: Template;
}

/** The texts of a configuration that may have expressions. */
export interface Texts {
  readonly issuers: readonly Template[];
  /** Null: whoever it is for. */
  readonly audiences: readonly Template[] | null;
  /** Addresses of keys. */
  readonly urls: readonly Template[];
  readonly places: readonly PlaceTexts[];
}

/** @throws {AditError} 9600: an address or a name that cannot be one. 2200: as `PolicyHost.template`. */
export function textsOf({ issuer, audience, http, jws }: JwtValidationConfig, host: PolicyHost): Texts {
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

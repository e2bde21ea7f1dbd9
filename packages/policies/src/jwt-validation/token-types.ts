export const tokenTypes = ['jwt', 'access_token', 'id_token', 'at+jwt', 'it+jwt', 'plain'] as const;
export type TokenType = (typeof tokenTypes)[number];

export interface TokenRule {
  /** What `typ` of its header may say, lower case; empty: there is none. Null: anything. */
  readonly typ: readonly string[] | null;
  /** What it must say besides who issued it. */
  readonly claims: readonly string[];
}

/**
 * So that a token made for one purpose is not taken for another (RFC 8725 §3.11). Many issuers do not name the type of access
 * and ID tokens, but whoever names another means another.
 */
export const tokenRules: Readonly<Record<TokenType, TokenRule>> = {
  jwt: { typ: ['', 'jwt'], claims: ['exp'] },
  access_token: { typ: ['', 'jwt', 'at+jwt'], claims: ['exp'] },
  // OpenID Connect Core 1.0 §2.
  id_token: { typ: ['', 'jwt'], claims: ['exp', 'iat', 'sub', 'aud'] },
  // RFC 9068 §2.1, §2.2.
  'at+jwt': { typ: ['at+jwt'], claims: ['exp', 'iat', 'sub', 'aud', 'client_id', 'jti'] },
  'it+jwt': { typ: ['it+jwt'], claims: ['exp', 'iat', 'sub', 'aud'] },
  plain: { typ: null, claims: ['exp'] },
};

/** RFC 7515 §4.1.9: `application/` may be left out, and case does not matter. */
export function hasType({ typ: allowed }: TokenRule, typ: unknown): boolean {
  if (allowed === null) return true;
  if (typ === undefined) return allowed.includes('');
  return typeof typ === 'string' && typ !== '' && allowed.includes(typ.toLowerCase().replace(/^application\//, ''));
}

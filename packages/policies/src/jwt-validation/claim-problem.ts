import type { RefusalReason } from './refusal.ts';
import type { TokenRule } from './token-types.ts';

export interface Expectations {
  readonly rule: TokenRule;
  readonly issuers: readonly string[];
  /** Null: anybody's. */
  readonly audiences: readonly string[] | null;
  readonly nowMs: number;
  readonly toleranceMs: number;
}

type Claims = Readonly<Record<string, unknown>>;

/** What of a token's claims (RFC 7519 §4.1) is not as expected; undefined: nothing. */
export function claimProblem(claims: Claims, expected: Expectations): RefusalReason | undefined {
  const { rule, issuers, audiences } = expected;
  if (rule.claims.some((name) => !Object.hasOwn(claims, name) || claims[name] === null)) return 'missing-claim';
  const { iss, aud } = claims;
  if (typeof iss !== 'string' || !issuers.includes(iss)) return 'wrong-issuer';
  const isForUs = [aud].flat().some((one) => typeof one === 'string' && audiences?.includes(one));
  if (audiences !== null && !isForUs) return 'wrong-audience';
  return timeProblem(claims, expected);
}

function timeProblem({ exp, nbf, iat }: Claims, { nowMs, toleranceMs }: Expectations): RefusalReason | undefined {
  if (!isTime(exp) || !isTimeOrNone(nbf) || !isTimeOrNone(iat)) return 'missing-claim';
  if (exp * 1000 + toleranceMs <= nowMs) return 'expired';
  return nbf !== undefined && nbf * 1000 - toleranceMs > nowMs ? 'not-yet-valid' : undefined;
}

/** RFC 7519 §2: seconds since 1970, of which 1e999 is none. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isTimeOrNone(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

import { compactVerify, errors } from 'jose';
import { type Algorithm, algorithms } from './algorithms.ts';
import { claimProblem, type Expectations } from './claim-problem.ts';
import type { FoundKey, Keyring } from './keyring.ts';
import type { ParsedToken } from './parsed-token.ts';
import { type RefusalReason, TokenRefused } from './refusal.ts';
import { hasType, type TokenRule } from './token-types.ts';

/** What a token is held to, for one request. */
export interface Demands extends Expectations {
  readonly rule: TokenRule;
  readonly algorithms: readonly Algorithm[];
  /** Addresses of key sets. */
  readonly urls: readonly string[];
}

/** What is wrong with it whoever signed it; undefined: nothing. */
export function problemOf({ header, payload }: ParsedToken, demands: Demands): RefusalReason | undefined {
  return headerProblem(header, demands) ?? claimProblem(payload, demands);
}

function headerProblem({ alg, typ }: ParsedToken['header'], { algorithms, rule }: Demands): RefusalReason | undefined {
  if (!algorithms.includes(alg as Algorithm)) return 'algorithm';
  return hasType(rule, typ) ? undefined : 'wrong-type';
}

/**
 * Answers where the key is from. What is signed is looked at only after the signature: nobody learns from an answer what a
 * forged token should have said.
 *
 * @throws {TokenRefused} With the reason.
 */
export async function verifyToken(
  token: ParsedToken,
  demands: Demands,
  { keyring, isDry }: { keyring: Keyring; isDry: boolean },
): Promise<string> {
  refuseBy(headerProblem(token.header, demands));
  const { alg, kid } = token.header;
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefused('malformed');
  const algorithm = algorithms.find((name) => name === alg) as Algorithm;
  const keys = await keyring.find({ urls: demands.urls, kid, algorithm, isDry });
  const key = await signerOf(token, algorithm, keys);
  if (!key) throw new TokenRefused('bad-signature');
  refuseBy(claimProblem(token.payload, demands));
  return key.url;
}

async function signerOf({ text }: ParsedToken, algorithm: Algorithm, keys: FoundKey[]): Promise<FoundKey | undefined> {
  for (const found of keys) {
    try {
      await compactVerify(text, found.key, { algorithms: [algorithm] });
      return found;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return undefined;
}

function refuseBy(reason: RefusalReason | undefined): void {
  if (reason) throw new TokenRefused(reason);
}

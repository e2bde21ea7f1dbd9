import { AditError, type ErrorCode } from '@adit/contracts';
import type { Denial } from '@adit/policy-kit';

interface Row {
  readonly code: ErrorCode;
  readonly when: string;
}

/** Why a request does not get in. */
export const refusals = {
  missing: { code: 3406, when: 'A token is not where it should be.' },
  several: { code: 3408, when: 'There are several where one should be: the service might read another.' },
  'no-prefix': { code: 3413, when: 'It does not begin with the prefix.' },
  malformed: { code: 3416, when: 'It is no token, or longer than 16 KiB.' },
  algorithm: { code: 3401, when: 'It is signed in a way that is not allowed.' },
  'wrong-type': { code: 3401, when: 'Its header says that it is for something else.' },
  'unknown-key': { code: 3401, when: 'It is signed with a key that is not in the key sets.' },
  'bad-signature': { code: 3401, when: 'The signature is not of that token.' },
  'missing-claim': { code: 3401, when: 'It lacks something that such a token must say, or says it in a wrong form.' },
  expired: { code: 3401, when: 'Its time is over.' },
  'not-yet-valid': { code: 3401, when: 'Its time has not come.' },
  'wrong-issuer': { code: 3403, when: 'Somebody else has issued it.' },
  'wrong-audience': { code: 3403, when: 'It is for others.' },
  'keys-unavailable': { code: 3422, when: 'The keys cannot be fetched, and none are known that would be new enough.' },
} as const satisfies Record<string, Row>;

export type RefusalReason = keyof typeof refusals;

/** A token is not taken. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(refusals[reason].when);
    this.reason = reason;
  }
}

/** RFC 6750 §3: what was shown is wrong, or nothing was. */
export function denialOf(reason: RefusalReason): Denial {
  const { code } = refusals[reason];
  const challenge = reason === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  const headers = reason === 'keys-unavailable' ? [] : ['www-authenticate', challenge];
  return { outcome: 'deny', reason: `jwt-validation/${reason}`, code, headers };
}

/** For the result. */
export function errorOf(reason: RefusalReason): { code: string; message: string } {
  const { code, when } = refusals[reason];
  return { code: new AditError(code).wireCode, message: when };
}

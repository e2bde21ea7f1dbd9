import { type Checks, type Claim, type Delivery, type RefusalReason, Refused } from './delivery.ts';
import { digestOf } from './digests.ts';
import { isAnsweredText } from './handshakes.ts';
import type { Provider } from './provider.ts';
import { claimBy } from './schemes/scheme.ts';

export type Verdict = Accepted | RefusedVerdict;

export interface Accepted {
  readonly verdict: 'accepted';
  /** What tells whether the same delivery comes again; null: a repetition is no sign of an attack. */
  readonly replay: ReplayKey | null;
}
export interface ReplayKey {
  readonly key: string;
  /** From then on the delivery is too old anyway, milliseconds since 1970. */
  readonly expiresAtMs: number;
}
interface RefusedVerdict {
  readonly verdict: 'refused';
  readonly reason: RefusalReason;
}

/** Whether a request is a delivery of that provider, signed with one of the secrets, now. Keeps nothing; never rejects for what is in the request. */
export async function verifyDelivery(provider: Provider, delivery: Delivery, checks: Checks): Promise<Verdict> {
  try {
    if (provider.hasTextsSigned && isAnsweredText(Buffer.from(delivery.body).toString('latin1'))) {
      throw new Refused('malformed-body');
    }
    return judge(provider, await claimOf(provider, delivery, checks), checks.nowMs);
  } catch (error) {
    if (error instanceof Refused) return { verdict: 'refused', reason: error.reason };
    throw error;
  }
}

/** By the first scheme of which the delivery has anything. */
async function claimOf({ schemes }: Provider, delivery: Delivery, checks: Checks): Promise<Claim> {
  for (const scheme of schemes) {
    try {
      return await claimBy(scheme, delivery, checks);
    } catch (error) {
      if (!(error instanceof Refused && error.reason === 'missing-signature')) throw error;
    }
  }
  throw new Refused('missing-signature');
}

function judge(provider: Provider, { isGenuine, signedAtMs, message }: Claim, nowMs: number): Verdict {
  if (!isGenuine) throw new Refused('bad-signature');
  if (signedAtMs === null) return { verdict: 'accepted', replay: null };
  const toleranceMs = provider.toleranceMs ?? 0;
  if (Math.abs(nowMs - signedAtMs) > toleranceMs) throw new Refused('stale');
  if (provider.isRepeatedAsIs) return { verdict: 'accepted', replay: null };
  // Of what was signed, not of the signature: there can be several right signatures for one message.
  const key = digestOf('sha256', [`${provider.id}\n`, ...message]).toString('base64');
  return { verdict: 'accepted', replay: { key, expiresAtMs: signedAtMs + toleranceMs } };
}

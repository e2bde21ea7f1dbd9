import type { IncomingHttpHeaders } from 'node:http';
import { AditError } from '@adit/contracts';
import type { Principal } from '../domain/principal.ts';
import type { StoreTransaction } from '../domain/store.ts';
import { defaultIdempotencyLimits } from './idempotency-limits.ts';

/** What makes a request the same as another. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/**
 * Makes an object once for each `Idempotency-Key`: a caller who does not know whether his request arrived may send it
 * again. Without the header it is made each time.
 *
 * @param options.digest Keyed: what was sent may be a secret that could be guessed from a plain hash.
 * @param options.find The object, as it is now.
 * @throws {AditError} 215: the header is empty, too long or not printable. 9107: the key stands for another request. 9111:
 *   what it made is not there any more.
 */
export async function onlyOnce<T extends { readonly id: string }>(
  tx: StoreTransaction,
  options: {
    principal: Principal;
    request: RequestFacts;
    digest: (text: string) => string;
    find: (id: string) => Promise<T | undefined>;
  },
  make: () => Promise<T>,
): Promise<T> {
  const { principal, request, digest, find } = options;
  const header = request.headers['idempotency-key'];
  if (header === undefined) return await make();
  const key = { accountId: principal.accountId, key: parseKey(String(header)) };
  const requestHash = digest(textOf(principal, request));
  const { keptMs, maxKept } = defaultIdempotencyLimits;
  const before = await tx.findIdempotencyKey(key, tx.nowMs - keptMs);
  if (!before) {
    const made = await make();
    await tx.insertIdempotencyKey(key, { requestHash, objectId: made.id });
    await tx.forgetIdempotencyKeys(principal.accountId, { keep: maxKept });
    return made;
  }
  if (before.requestHash !== requestHash) throw new AditError(9107);
  const made = await find(before.objectId);
  if (!made) throw new AditError(9111, undefined, { details: { id: before.objectId } });
  return made;
}

function parseKey(text: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw new AditError(215, 'Cannot read the header "Idempotency-Key": it must be 1 to 255 printable characters');
}

/** Who asked is part of it: a key that a colleague has used must not tell what he made. */
function textOf({ userId }: Principal, { method, url, body }: RequestFacts): string {
  return JSON.stringify([userId, method, url, body]);
}

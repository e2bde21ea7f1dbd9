import { AditError } from '@adit/contracts';
import { auditHash, type ChainedAuditRecord, type ChainHead, chainStart } from './audit-chain.ts';

/** What is wrong with a chain: the first record that cannot be trusted, and why. */
export type ChainFault = 'changed' | 'missing' | 'out_of_order' | 'cut';

/**
 * Follows the chain of one account from its first record; answers where it ends.
 *
 * @param records All of them, in the order in which they are kept.
 * @param expected Where the chain is known to end; without it nobody can tell whether records are missing at the end.
 * @throws {AditError} 9250: it is not intact. The message names the first record that is wrong; `details` has `record`, the
 *   first place that is not as it was, and `fault`, a `ChainFault`.
 */
export async function verifyChain(
  records: AsyncIterable<ChainedAuditRecord> | Iterable<ChainedAuditRecord>,
  expected?: ChainHead,
): Promise<ChainHead> {
  let head: ChainHead = { seq: 0, hash: chainStart };
  let absent: number | undefined;
  let instead = 0;
  for await (const record of records) {
    const place = head.seq + 1;
    if (absent === undefined && record.seq > place) {
      // Taken out, or only moved: the rest of the log tells.
      absent = place;
      instead = record.seq;
    } else if (absent !== undefined) {
      if (record.seq === absent) throw outOfOrder(instead, absent);
    } else if (record.seq < place) {
      throw outOfOrder(record.seq, place);
    } else {
      head = follow(head, record);
    }
  }
  if (absent !== undefined) throw broken('missing', absent, `record ${absent} is missing`);
  if (expected) assertEnd(head, expected);
  return head;
}

function follow(head: ChainHead, record: ChainedAuditRecord): ChainHead {
  const hash = auditHash(head.hash, record);
  if (isSame(hash, record.hash)) return { seq: record.seq, hash };
  throw broken('changed', record.seq, `record ${record.seq} was changed, or one before it was replaced`);
}

function assertEnd({ seq, hash }: ChainHead, expected: ChainHead): void {
  if (seq < expected.seq) {
    throw broken('cut', seq + 1, `it is cut: record ${seq + 1} is missing, and all behind it up to ${expected.seq}`);
  }
  if (seq > expected.seq) throw broken('changed', expected.seq + 1, `record ${expected.seq + 1} is behind its end`);
  if (!isSame(hash, expected.hash)) throw broken('changed', seq, `record ${seq} is not the one it ends with`);
}

function outOfOrder(seq: number, place: number): AditError {
  return broken('out_of_order', place, `record ${seq} stands where record ${place} belongs`);
}

/** The error of a log that is not what was written. */
export function broken(fault: ChainFault, record: number, what: string): AditError {
  return new AditError(9250, `Cannot trust this audit log: ${what}`, { details: { fault, record } });
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

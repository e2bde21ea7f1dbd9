import { recordRotation } from '../control/operator/record-rotation.ts';
import type { Clock } from '../domain/clock.ts';
import { pause } from '../domain/wait.ts';
import type { KeyRing } from '../secrets/key-ring.ts';
import { sealedKeyId } from '../secrets/sealed-form.ts';
import type { SqlStore } from '../store/sql-store.ts';

/** Nobody else writes meanwhile, and a server on SQLite stands still: a few milliseconds. */
const valuesAtOnce = 100;
/** Then the others have their turn. */
const pauseMs = 20;

export interface RotateOptions {
  readonly store: Pick<SqlStore, 'write' | 'listAccounts' | 'untilEarlierChangesEnd'>;
  readonly ring: KeyRing;
  /** What was sealed when the store was opened: see `OpenSealer`. */
  readonly sealed: readonly Uint8Array[];
  readonly clock: Clock;
  /** Leave the older keys in their file, for backups that need them. */
  readonly keepOlderKeys: boolean;
  /** Told how many values have been moved so far. */
  onMoved(count: number): void;
}

export interface Rotation {
  readonly keyId: string;
  /** `finished`: of a rotation that had been interrupted. `given`: the keys are in the environment, no new one was made. */
  readonly kind: 'new' | 'finished' | 'given';
  readonly moved: number;
  /** Ids of the keys that are not in the file any more. */
  readonly dropped: readonly string[];
}

/**
 * Has everything sealed with a new key, while servers run or not, and drops the older ones. Interrupted at any point it loses
 * nothing: all keys are there until nothing needs them, and the next call goes on.
 *
 * @throws {AditError} 9243: another does it now; there is one key only, and it is in the environment. 9240, 9241: a value cannot
 *   be opened. 9210, 9242: the file of the keys. What the store throws.
 */
export async function rotateSecretsKey(options: RotateOptions): Promise<Rotation> {
  const { ring, store, keepOlderKeys } = options;
  // Of several keys in the environment, the first is the new one.
  const isGiven = ring.isGiven && ring.size > 1;
  const unlock = isGiven ? () => {} : ring.lockRotation();
  try {
    const kind = isGiven ? 'given' : isUnfinished(options) ? 'finished' : 'new';
    if (kind === 'new') await ring.rotateKey();
    const moved = await moveAll(options);
    const dropped = isGiven || keepOlderKeys ? [] : await ring.dropOlderKeys();
    const keyId = ring.currentKeyId;
    await recordRotation(store, { keyId });
    return { keyId, kind, moved, dropped };
  } finally {
    unlock();
  }
}

function isUnfinished({ ring, sealed }: RotateOptions): boolean {
  return sealed.some((beginning) => sealedKeyId(beginning) !== ring.currentKeyId);
}

/** Answers how many values it moved to the key that seals now. */
async function moveAll({ store, clock, onMoved }: RotateOptions): Promise<number> {
  // Whoever began before the key was there may have sealed with the older one; whoever begins now sees the new one.
  await store.untilEarlierChangesEnd();
  let moved = 0;
  for (;;) {
    const count = await store.write((tx) => tx.resealSome(valuesAtOnce));
    if (count === 0) return moved;
    moved += count;
    onMoved(moved);
    await pause(clock, pauseMs);
  }
}

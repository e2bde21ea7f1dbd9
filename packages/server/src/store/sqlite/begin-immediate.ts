import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../domain/clock.ts';
import { isBusy } from './sqlite-error.ts';
import { defaultSqliteLimits } from './sqlite-limits.ts';

/**
 * Begins a transaction that may write. While another process has the lock it tries again and again, and between two tries the
 * event loop goes on: SQLite's own waiting would hold up every visitor. How long one try takes is set at the connection.
 *
 * @throws What SQLite says when the lock cannot be had in time.
 */
export async function beginImmediate(raw: DatabaseSync, clock: Clock): Promise<void> {
  const { lockTimeoutMs, lockPauseMs } = defaultSqliteLimits;
  const lastTryMs = clock.now() + lockTimeoutMs - lockPauseMs;
  for (;;) {
    try {
      raw.exec('begin immediate');
      return;
    } catch (error) {
      if (!isBusy(error) || clock.now() > lastTryMs) throw error;
    }
    await new Promise<void>((resolve) => void clock.after(lockPauseMs, resolve));
  }
}

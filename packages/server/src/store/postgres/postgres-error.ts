import { AditError } from '@adit/contracts';
import pg from 'pg';
import type { DatabaseAddress } from '../../domain/database-address.ts';

// SQLSTATE, five characters of which two are the class (PostgreSQL manual, appendix A).
/** serialization_failure, deadlock_detected. */
const conflicts: readonly unknown[] = ['40001', '40P01'];
/** data_corrupted, index_corrupted. */
const damaged: readonly unknown[] = ['XX001', 'XX002'];
/** disk_full, io_error, read_only_sql_transaction (a standby). */
const unwritable: readonly unknown[] = ['53100', '58030', '25006'];
/**
 * Connection exceptions, refused log-ins, no such database, insufficient resources, operator intervention (also: a
 * statement took too long), system errors; idle_in_transaction_session_timeout, lock_not_available.
 */
const unavailable = /^(?:08|28|3D|53|57|58)|^(?:25P03|55P03)$/;

/** True if the same transaction may succeed when it is tried again: another one was in its way. */
export function isConflict(error: unknown): boolean {
  return conflicts.includes(stateOf(error));
}

/**
 * Gives faults of database and network, met while the store runs, the code that says what to do; everything else passes as
 * it is. The message names no host: strangers may see it.
 */
export function toRuntimeError(error: unknown): unknown {
  const state = stateOf(error) ?? '';
  if (damaged.includes(state)) return new AditError(9213, undefined, { cause: error });
  if (unwritable.includes(state)) return new AditError(9214, undefined, { cause: error });
  if (conflicts.includes(state) || unavailable.test(state)) return new AditError(9216, undefined, { cause: error });
  return error;
}

/** The same for faults met while opening: only the operator sees these, so the message says where. Never the password. */
export function toOpenError(error: unknown, address: DatabaseAddress): unknown {
  const attempt = attemptOn(address);
  const cause = error instanceof AditError && error.code === 9216 ? error.cause : error;
  const state = stateOf(cause) ?? '';
  if (state.startsWith('28')) {
    return new AditError(9217, `${attempt}: it does not accept this user with this password`, { cause });
  }
  if (state === '3D000') return new AditError(9217, `${attempt}: there is no such database`, { cause });
  if (state === '42501') {
    return new AditError(9217, `${attempt}: the user may not make tables in it. Make the user its owner`, { cause });
  }
  if (cause !== error || unavailable.test(state)) {
    return new AditError(9216, `${attempt}: ${reasonOf(cause)}`, { cause });
  }
  return toRuntimeError(error);
}

/** `Cannot open the database "adit" on "db.example.com:5432" as "adit"`. */
export function attemptOn({ database, host, port, user }: DatabaseAddress): string {
  return `Cannot open the database "${database}" on "${host}:${port}" as "${user}"`;
}

/** For texts that name the data itself. */
export function placeOf({ host, port, database }: DatabaseAddress): string {
  return `${host}:${port}/${database}`;
}

/** One that was refused on every address of a name has no message of its own. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'it does not answer';
  return cause.message || String((cause as NodeJS.ErrnoException).code);
}

function stateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

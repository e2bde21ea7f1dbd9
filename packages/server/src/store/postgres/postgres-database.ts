import { AditError } from '@adit/contracts';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { Tables } from '../tables.ts';
import type { PostgresLimits } from './postgres-limits.ts';
import { checked, InexactNumberError, resultTypes } from './postgres-types.ts';

/** What the database knows our connections by. */
export const applicationName = 'adit';

/** How many connections, and how long they wait. */
export type ConnectionLimits = Pick<
  PostgresLimits,
  'connectTimeoutMs' | 'statementTimeoutMs' | 'answerTimeoutMs' | 'idleTransactionTimeoutMs' | 'idleConnectionTimeoutMs'
> & { readonly maxConnections: number };

/**
 * The query builder over a few connections, which are opened when they are needed, and again after they were lost.
 * A commit returns after it is on the database's disk, whatever its default for that is. `destroy()` closes them.
 */
export function openDatabase(address: DatabaseAddress, limits: ConnectionLimits): Kysely<Tables> {
  const pool = new pg.Pool({
    ...address,
    // Were it empty, `pg` would look for another one in the environment.
    password: () => address.password,
    application_name: applicationName,
    options: '-c synchronous_commit=on',
    types: resultTypes,
    keepAlive: true,
    max: limits.maxConnections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    query_timeout: limits.answerTimeoutMs,
    idle_in_transaction_session_timeout: limits.idleTransactionTimeoutMs,
    idleTimeoutMillis: limits.idleConnectionTimeoutMs,
  });
  // A connection that is lost while nobody waits for it: whoever needs one next gets another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: asKyselyPool(pool) }) });
}

/** What a store works with: one connection for changes, a few for reading. */
export function openConnections(
  address: DatabaseAddress,
  limits: PostgresLimits,
): { writer: Kysely<Tables>; reader: Kysely<Tables> } {
  return {
    writer: openDatabase(address, { ...limits, maxConnections: 1 }),
    reader: openDatabase(address, { ...limits, maxConnections: limits.maxReadConnections }),
  };
}

function asKyselyPool(pool: pg.Pool): PostgresPool {
  return {
    options: {},
    connect: async () => asKyselyClient(await pool.connect().catch(rethrow)),
    end: () => pool.end(),
  };
}

function asKyselyClient(client: pg.PoolClient): PostgresPoolClient {
  let isLost = false;
  const query = async (text: string, parameters: readonly unknown[]) => {
    // What comes behind a statement without an answer would wait as long again.
    if (isLost) throw new AditError(9216);
    const values = checked(parameters);
    return await client.query(text, values).catch((error: unknown) => {
      isLost ||= isLoss(error);
      return rethrow(error);
    });
  };
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(isLost || destroy),
  };
}

/** What the database says is passed on. Everything else means that it does not answer. */
function rethrow(error: unknown): never {
  if (error instanceof pg.DatabaseError) withoutRows(error);
  throw isLoss(error) ? new AditError(9216, undefined, { cause: error }) : error;
}

/** There PostgreSQL repeats the row that it refused, and the log would show it. */
function withoutRows(error: pg.DatabaseError): void {
  error.detail = undefined;
  error.where = undefined;
}

function isLoss(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) && !(error instanceof InexactNumberError);
}

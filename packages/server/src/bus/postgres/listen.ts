import pg from 'pg';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { BusLimits } from './bus-limits.ts';

/** Notices of every server on the database. */
export const channel = 'adit';

/** Opens a connection on which everything arrives that is sent to the channel from now on. */
export async function listen(
  address: DatabaseAddress,
  limits: Pick<BusLimits, 'connectTimeoutMs' | 'answerTimeoutMs'>,
  { onText, onLost }: { onText(text: string): void; onLost(error: unknown): void },
): Promise<pg.Client> {
  const client = new pg.Client({
    ...address,
    password: () => address.password,
    application_name: 'adit bus',
    keepAlive: true,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    query_timeout: limits.answerTimeoutMs,
  });
  let isOpen = false;
  client.on('notification', ({ payload }) => onText(payload ?? ''));
  // Before it is open, what goes wrong is thrown below.
  client.on('error', (error) => isOpen && onLost(error));
  client.on('end', () => isOpen && onLost(new Error('The connection ended')));
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
    isOpen = true;
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

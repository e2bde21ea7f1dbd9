import { readFile } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import type { DatabaseAddress } from '../domain/database-address.ts';
import { DatabaseUrlError, parseDatabaseUrl } from './database-url.ts';
import type { ServerOptions } from './server-options.ts';
import { systemReason } from './system-reason.ts';

/**
 * Which PostgreSQL database the operator wants: in the file of `--database-url-file`, else in the environment's
 * ADIT_DATABASE_URL. Null: none, the data is kept in the data directory.
 *
 * @throws {AditError} 9201: not a URL that can be used. 9202: a file is not readable. No message has the URL.
 */
export async function loadDatabaseAddress(
  options: Pick<ServerOptions, 'database-url-file'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<DatabaseAddress | null> {
  const file = options['database-url-file'];
  if (file !== undefined) return await addressOf(await read('database URL', file), `"${file}"`);
  const url = env['ADIT_DATABASE_URL'];
  return url ? await addressOf(url, 'ADIT_DATABASE_URL') : null;
}

async function addressOf(url: string, place: string): Promise<DatabaseAddress> {
  const { tls, ...address } = parse(url, place);
  if (!tls) return { ...address, ssl: false };
  const { host } = address;
  if (tls.caFile === null) return { ...address, ssl: { host } };
  return { ...address, ssl: { host, ca: await read('CA of the database', tls.caFile) } };
}

function parse(url: string, place: string): ReturnType<typeof parseDatabaseUrl> {
  try {
    return parseDatabaseUrl(url.trim());
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new AditError(9201, `Cannot use the database URL in ${place}: ${error.message}`);
  }
}

async function read(what: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AditError(9202, `Cannot read the ${what} "${file}": ${systemReason(cause)}`, { cause });
  });
}

import type { DatabaseAddress } from '../domain/database-address.ts';

/** What a URL says; the file with the CA is not read yet. */
export interface DatabaseUrl extends Omit<DatabaseAddress, 'ssl'> {
  readonly tls: false | { readonly caFile: string | null };
}

/** What is wrong with a URL, without a word of it: there may be a password anywhere. */
export class DatabaseUrlError extends Error {}

const schemes: readonly string[] = ['postgresql:', 'postgres:'];
const parameters: readonly string[] = ['sslmode', 'sslrootcert'];
const defaultPort = 5432;

/**
 * Reads `postgresql://user:password@host:5432/database`, in the form that libpq has (PostgreSQL manual, 34.1.1.2). A host
 * that begins with `%2F` is the directory of a Unix socket. Parameters: `sslmode=verify-full` or `disable`, and
 * `sslrootcert=<file>`. Default: `disable` on this machine, else `verify-full`; there is no TLS without verification.
 *
 * @throws {DatabaseUrlError}
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  // The URL parser would leave them out.
  if (/\s/.test(text)) throw new DatabaseUrlError('it must be one URL without spaces');
  const url = URL.parse(text);
  if (!url || !schemes.includes(url.protocol)) {
    throw new DatabaseUrlError('it must look like postgresql://user:password@host/database');
  }
  const [, database = '', ...more] = url.pathname.split('/');
  if (more.length > 0 || url.hash) throw new DatabaseUrlError('nothing may follow the name of the database');
  const host = decode('host', url.hostname).replace(/^\[(.*)\]$/, '$1');
  return {
    host: present('host', host),
    port: portOf(url),
    database: present('database', decode('database', database)),
    user: present('user', decode('user', url.username)),
    password: decode('password', url.password),
    tls: tlsOf(url.searchParams, host),
  };
}

function portOf({ port }: URL): number {
  if (port === '0') throw new DatabaseUrlError('the port must be 1 to 65535');
  return port === '' ? defaultPort : Number(port);
}

function tlsOf(given: URLSearchParams, host: string): DatabaseUrl['tls'] {
  for (const name of given.keys()) {
    if (!parameters.includes(name))
      throw new DatabaseUrlError(`its parameters may be ${parameters.join(' and ')} only`);
    if (given.getAll(name).length > 1) throw new DatabaseUrlError(`${name} is there twice`);
  }
  const isLocal = host.startsWith('/') || isLoopback(host);
  const mode = given.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full');
  const caFile = given.get('sslrootcert');
  if (mode === 'verify-full' && !host.startsWith('/')) return { caFile };
  if (mode === 'disable' && caFile === null) return false;
  throw new DatabaseUrlError('sslmode must be verify-full, or disable without sslrootcert; sockets have no TLS');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function decode(what: string, text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    // It would end the text on its way to the database, and what follows would be read as something else.
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // Told below.
  }
  throw new DatabaseUrlError(`its ${what} is not percent-encoded as it should be`);
}

function present(what: string, text: string): string {
  if (text === '') throw new DatabaseUrlError(`it has no ${what}`);
  return text;
}

// A PostgreSQL server for tests, from Debian's programs, with a database of its own for each test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { freePort } from '../../edge/listener/free-ports.testkit.ts';

/** How the database ends: `fast` cuts all connections, `immediate` is like a crash. */
export type StopMode = 'fast' | 'immediate';
const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Where Debian keeps the server's programs: not in PATH, as several versions may be there. */
const programs = findPrograms();
export const isPostgresInstalled = programs !== undefined;

const host = '127.0.0.1';
const password = 'p@ss:w/rd?';
const superuser = 'tester';

/** Starts one; `close` stops it and removes its data. With `fsync`, as users have it. */
export async function startPostgres(): Promise<PostgresServer> {
  const root = mkdtempSync(join(tmpdir(), 'adit-postgres-'));
  const as = unprivileged();
  chmodSync(root, 0o755);
  const dir = join(root, 'db');
  const passwordFile = join(root, 'password');
  writeFileSync(passwordFile, password);
  mkdirSync(dir, { mode: 0o700 });
  if (as) chownSync(dir, as.uid, as.gid);
  const login = ['-U', superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const init = spawnSync(`${programs}/initdb`, ['-D', dir, ...login, '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'], {
    cwd: '/',
    ...as,
    encoding: 'utf8',
  });
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr}`);
  const server = new PostgresServer(root, await freePort());
  await server.start();
  await server.query(`create role adit login password '${password}'`);
  return server;
}

export class PostgresServer {
  readonly port: number;
  readonly #root: string;
  #child: ChildProcess | undefined;
  #databases = 0;

  constructor(root: string, port: number) {
    this.#root = root;
    this.port = port;
  }

  /** A new, empty database, which the user `adit` owns. */
  async createDatabase(options = ''): Promise<DatabaseAddress> {
    const database = `adit_${++this.#databases}`;
    await this.query(`create database ${database} owner adit ${options}`);
    return { host, port: this.port, database, user: 'adit', password, ssl: false };
  }

  /** For programs that want one text. */
  url(
    { user, database }: Pick<DatabaseAddress, 'user' | 'database'> = { user: superuser, database: 'postgres' },
  ): string {
    return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${this.port}/${database}?sslmode=disable`;
  }

  /** Runs statements as the superuser. */
  async query(text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ host, port: this.port, user: superuser, password, database });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Offers TLS from now on. */
  async useCertificate({ cert, key }: { cert: string; key: string }): Promise<void> {
    for (const [setting, text] of [
      ['ssl_cert_file', cert],
      ['ssl_key_file', key],
    ] as const) {
      const file = join(this.#root, 'db', setting);
      writeFileSync(file, text, { mode: 0o600 });
      const as = unprivileged();
      if (as) chownSync(file, as.uid, as.gid);
      await this.query(`alter system set ${setting} = '${file}'`);
    }
    await this.query('alter system set ssl = on');
    await this.restart('fast');
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const listen = ['-h', host, '-p', String(this.port), '-k', ''];
    const child = spawn(`${programs}/postgres`, ['-D', join(this.#root, 'db'), ...listen], {
      cwd: '/',
      ...unprivileged(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let told = '';
    await new Promise<void>((resolve, reject) => {
      // Read for as long as it lives: a full pipe would hold it up.
      child.stderr.setEncoding('utf8').on('data', (words: string) => {
        told = (told + words).slice(-10_000);
        if (told.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${told}`)));
    });
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signals[mode]);
    await exit;
  }

  async restart(mode: StopMode): Promise<void> {
    await this.stop(mode);
    await this.start();
  }

  async close(): Promise<void> {
    await this.stop('immediate');
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function findPrograms(): string | undefined {
  try {
    const versions = readdirSync('/usr/lib/postgresql')
      .map(Number)
      .sort((a, b) => b - a);
    return versions.length > 0 ? `/usr/lib/postgresql/${versions[0]}/bin` : undefined;
  } catch {
    return undefined; // Not installed.
  }
}

/** It refuses to run as root; the Debian package brings a user. Undefined when we are not root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'postgres']).stdout.toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

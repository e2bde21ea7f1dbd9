import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePorts } from '../../packages/server/src/edge/listener/free-ports.testkit.ts';
import { type AditProcess, startAdit } from './process.ts';

/** The ready line of `adit server --ready-json`. */
export interface Ready {
  readonly event: 'ready';
  readonly https: { readonly host: string; readonly port: number };
  readonly http: { readonly host: string; readonly port: number };
  readonly connect: string;
  readonly api: string;
  readonly operator: string;
  readonly caFile: string;
  readonly firstRun: { readonly apiKey: string; readonly authtoken: string } | null;
}

export interface TestServer {
  readonly process: AditProcess;
  readonly ready: Ready;
  /** Its development CA: where this process finds it, and what it is. */
  readonly caFile: string;
  readonly ca: string;
  readonly dataDir: string;
}

export async function newDataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-test-'));
  // Before the server's own, which are called first then: it is stopped by the time this goes.
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * Options of a server that goes and comes back where it was. A port that the system chose could be somebody else's by then: that
 * of a test which runs beside, or of whoever dials out.
 */
export async function newPlace(): Promise<{ readonly dataDir: string; readonly args: readonly string[] }> {
  const [https, http, ...own] = await freePorts(5);
  const listeners = ['connect', 'api', 'operator'].flatMap((name, i) => [`--${name}-listen`, `127.0.0.1:${own[i]}`]);
  const args = ['--https-port', `${https}`, '--http-port', `${http}`, ...listeners];
  return { dataDir: await newDataDir(), args };
}

/** Starts a server process for this test; it is stopped when the test ends. */
export async function startServer(
  options: {
    dataDir?: string;
    args?: readonly string[];
    env?: Record<string, string>;
    under?: readonly string[];
    /** Before its paths, where `under` has it see other file systems than we do. */
    root?: string;
  } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await newDataDir());
  const ports = ['--https-port', '0', '--http-port', '0'];
  const server = startAdit(
    ['server', '--data-dir', dataDir, '--ready-json', ...ports, ...(options.args ?? [])],
    options.env ?? {},
    options,
  );
  onTestFinished(async () => {
    await server.stop('SIGKILL');
  });
  const root = options.root ?? '';
  const ready = await server.waitFor((line) =>
    line.includes('"event":"ready"') ? (JSON.parse(line) as Ready) : undefined,
  );
  const caFile = root + ready.caFile;
  return { process: server, ready, caFile, ca: await readFile(caFile, 'utf8'), dataDir };
}

/** What a first start gave; for tests that need a key of it. */
export function firstRunOf(server: TestServer): { apiKey: string; authtoken: string } {
  if (!server.ready.firstRun) throw new Error('This server has started before');
  return server.ready.firstRun;
}

// Knot DNS as the real authoritative server of test zones, with a key that may change their TXT records.
import { spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../../packages/server/src/edge/listener/free-ports.testkit.ts';
import { run } from './program.ts';

export interface Knot {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** `ip:port`. */
  readonly address: string;
  /** Written by `keymgr -t`; may change TXT records. */
  readonly keyFile: string;
  /** For `knotc -s`. */
  readonly controlSocket: string;
  /** What everybody is told. */
  texts(name: string): Promise<string[]>;
}

interface KnotOptions {
  /** Lines of zone files, without SOA and NS, by zone. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  readonly algorithm?: string;
  /** The one name that the key may change. Default: any. */
  readonly updateOwner?: string;
}

export async function startKnot({ zones, algorithm = 'hmac-sha256', updateOwner }: KnotOptions): Promise<Knot> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-knot-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const port = await freePort();
  const keyFile = join(dir, 'adit.key');
  await writeFile(keyFile, (await run(['keymgr', '-t', 'adit', algorithm])).stdout, { mode: 0o600 });
  for (const [zone, lines] of Object.entries(zones)) {
    const head = ['$TTL 60', `@ SOA ns.${zone}. admin.${zone}. 1 60 60 600 5`, `@ NS ns.${zone}.`, 'ns A 127.0.0.1'];
    await writeFile(join(dir, `${zone}.zone`), [...head, ...lines, ''].join('\n'));
  }
  const configuration = [
    ...['server:', `  listen: 127.0.0.1@${port}`, `  rundir: ${dir}`],
    ...['database:', `  storage: ${dir}`, `include: ${keyFile}`],
    ...['log:', '  - target: stderr', '    any: warning'],
    ...['acl:', '  - id: adit', '    key: adit', '    action: update', '    update-type: [TXT]'],
    ...(updateOwner ? ['    update-owner: name', `    update-owner-name: [${updateOwner}]`] : []),
    ...['template:', '  - id: default', `    storage: ${dir}`, '    file: "%s.zone"', '    acl: adit'],
    ...['zone:', ...Object.keys(zones).map((zone) => `  - domain: ${zone}`)],
  ];
  const file = join(dir, 'knot.conf');
  await writeFile(file, `${configuration.join('\n')}\n`);
  await runKnot(file);
  // Patient: what was not answered must not be taken for nothing.
  const resolver = new Resolver({ timeout: 5_000, tries: 3 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const isUp = () =>
    Promise.all(Object.keys(zones).map((zone) => resolver.resolveSoa(zone))).then(
      () => true,
      () => false,
    );
  await expect.poll(isUp, { timeout: 20_000, interval: 50 }).toBe(true);
  const texts = async (name: string) => {
    const records = await resolver.resolveTxt(name).catch(noneIfThereAreNone);
    return records.map((parts) => parts.join('')).sort();
  };
  return {
    host: '127.0.0.1',
    port,
    address: `127.0.0.1:${port}`,
    keyFile,
    controlSocket: join(dir, 'knot.sock'),
    texts,
  };
}

/** There is no such record, name or zone. */
const noSuchRecord = new Set(['ENODATA', 'ENOTFOUND', 'EREFUSED']);

function noneIfThereAreNone(error: NodeJS.ErrnoException): string[][] {
  if (noSuchRecord.has(error.code ?? '')) return [];
  throw error;
}

async function runKnot(file: string): Promise<void> {
  const child = spawn('knotd', ['--config', file], { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  onTestFinished(async () => {
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  });
}

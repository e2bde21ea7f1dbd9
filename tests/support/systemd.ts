// A real systemd, as the manager of a user's services, in a mount namespace of its own: it touches nothing of the machine's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Ended, run } from './program.ts';

export interface UserManager {
  /** Where the user's units are looked for. */
  readonly configHome: string;
  /** Runs a program where this manager is the user's. */
  run(command: readonly string[]): Promise<Ended>;
  /** Properties of a unit, as `systemctl show` says them. */
  show(unit: string, ...properties: string[]): Promise<Record<string, string>>;
}

const runtimeDir = '/run/user/adit-test';
// systemd asks whether the machine was booted by it; here, it was.
const setUp = `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system ${runtimeDir} && chmod 700 ${runtimeDir}`;

/** Starts it; it ends with the test, and its services with it. Needs root. */
export async function startUserManager(): Promise<UserManager> {
  const configHome = await mkdtemp(join(tmpdir(), 'adit-systemd-'));
  onTestFinished(() => rm(configHome, { recursive: true, force: true }));
  const cgroup = newControlGroup();
  const script = `echo $$ > ${cgroup}/cgroup.procs && ${setUp} && exec systemd --user --log-target=null`;
  const env = { ...process.env, HOME: configHome, XDG_CONFIG_HOME: configHome, XDG_RUNTIME_DIR: runtimeDir };
  const manager = spawn('unshare', ['--mount', 'sh', '-c', script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(manager, 'close');
  onTestFinished(async () => {
    manager.kill('SIGTERM');
    await ended;
    removeControlGroups(cgroup);
  });
  const inside = ['nsenter', '--mount', '--target', String(manager.pid)];
  const runInside = (command: readonly string[]) => run([...inside, ...command], { env });
  const isRunning = async () => (await runInside(['systemctl', '--user', 'is-system-running'])).stdout.trim();
  await expect.poll(isRunning, { timeout: 20_000, interval: 100 }).toMatch(/^(running|degraded)$/);
  return {
    configHome,
    run: runInside,
    show: async (unit, ...properties) => {
      const { stdout } = await runInside(['systemctl', '--user', 'show', unit, `--property=${properties.join(',')}`]);
      return Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/).slice(0, 2)),
      );
    },
  };
}

/** Its services are counted below it, and nobody else's. */
function newControlGroup(): string {
  const root = existsSync('/sys/fs/cgroup/systemd') ? '/sys/fs/cgroup/systemd' : '/sys/fs/cgroup';
  const path = join(root, `adit-test-${process.pid}`);
  mkdirSync(path, { recursive: true });
  return path;
}

function removeControlGroups(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not empty yet, or not ours to remove: empty groups cost nothing.
  }
}

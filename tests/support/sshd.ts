import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { freePort } from '../../packages/server/src/edge/listener/free-ports.testkit.ts';
import { run, start } from './program.ts';
import { newDataDir } from './server.ts';

/** An OpenSSH server of this test, on loopback. */
export interface SshServer {
  readonly port: number;
  /** The words of `ssh` that log in to it by way of that port of loopback, with one command for its shell. */
  login(port: number, command: string): string[];
}

/** The test's end stops it. Ask `requires(context, ['ssh', 'sshd'])` first. */
export async function startSshServer(): Promise<SshServer> {
  const dir = await newDataDir();
  for (const name of ['host', 'user']) {
    const made = await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
    expect(made.code).toBe(0);
  }
  const port = await freePort();
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${dir}/host`,
    `AuthorizedKeysFile ${dir}/user.pub`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
  ];
  await writeFile(join(dir, 'sshd_config'), `${config.join('\n')}\n`);
  // Where sshd as root wants to find an empty folder; the service's own start makes it.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const sshd = start(['/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'sshd_config')]);
  await vi.waitFor(() => expect(sshd.stderr()).toContain('Server listening'), { timeout: 20_000 });
  const trust = ['-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile=${dir}/known`];
  const who = ['-F', 'none', '-o', 'BatchMode=yes', '-i', join(dir, 'user'), `${userInfo().username}@127.0.0.1`];
  return { port, login: (via, command) => ['ssh', '-p', String(via), ...trust, ...who, command] };
}

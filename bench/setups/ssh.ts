import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, start, waitForPort } from '../child.ts';
import type { StartSetup } from '../job.ts';

/** OpenSSH `ssh -R`: an encrypted tunnel without an edge, so visitors speak plain HTTP to the forwarded port. */
export const startSsh: StartSetup = async (originPort, workDir) => {
  const sshd = findProgram('sshd');
  const ssh = findProgram('ssh');
  if (!sshd || !ssh) return undefined;
  const dir = mkdtempSync(join(workDir, 'ssh-'));
  const [port, forwardedPort] = [await freePort(), await freePort()];
  const configuration = prepare(dir, port);
  const server = start(sshd, ['-D', '-e', '-f', join(dir, 'sshd_config')]);
  await waitForPort(port);
  const clientArgs = [
    '-N',
    '-F',
    'none',
    '-i',
    join(dir, 'client'),
    '-p',
    String(port),
    '-o',
    'StrictHostKeyChecking=no',
  ];
  const hosts = [
    '-o',
    `UserKnownHostsFile=${join(dir, 'known')}`,
    '-o',
    'ExitOnForwardFailure=yes',
    '-o',
    'LogLevel=ERROR',
  ];
  const forward = ['-R', `127.0.0.1:${forwardedPort}:127.0.0.1:${originPort}`, `${userInfo().username}@127.0.0.1`];
  const client = start(ssh, [...clientArgs, ...hosts, ...forward]);
  await waitForPort(forwardedPort);
  return {
    name: 'ssh -R',
    configuration: `${configuration}ssh -N ${forward.join(' ')} (default cipher; no TLS towards the visitor)\n`,
    target: { port: forwardedPort, tls: false, serverName: '', ca: '', hostHeader: 'localhost' },
    pids: [server.pid ?? 0, client.pid ?? 0],
    stop: () => {
      client.kill();
      server.kill();
    },
  };
};

/** Keys and a configuration for an sshd of our own; answers the configuration. */
function prepare(dir: string, port: number): string {
  for (const name of ['host', 'client']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
  }
  copyFileSync(join(dir, 'client.pub'), join(dir, 'authorized_keys'));
  // sshd refuses to start as root without its privilege separation directory.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const configuration = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${dir}/host`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    `PidFile ${dir}/sshd.pid`,
    '',
  ].join('\n');
  writeFileSync(join(dir, 'sshd_config'), configuration);
  return configuration;
}

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** `host` and `client` keys, and `authorized_keys` that lets the client in. */
export function makeSshKeys(dir: string): void {
  for (const name of ['host', 'client']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
  }
  copyFileSync(join(dir, 'client.pub'), join(dir, 'authorized_keys'));
  // sshd refuses to start as root without its privilege separation directory.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
}

/** An OpenSSH client with the client key, and without anything of the user's. */
export function sshClientArguments(dir: string, port: number): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${join(dir, 'known')}`,
    'ExitOnForwardFailure=yes',
    'LogLevel=ERROR',
  ];
  return [
    '-N',
    '-F',
    'none',
    '-i',
    join(dir, 'client'),
    '-p',
    String(port),
    ...options.flatMap((text) => ['-o', text]),
  ];
}

import { mkdtempSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SetupKind } from '../job.ts';
import { findProgram, freePort, start, waitForPort } from '../processes/child.ts';
import { makeSshKeys, sshClientArguments } from './ssh-client.ts';
import { plainTarget, startedSetup } from './started.ts';

/** OpenSSH `ssh -R`: an encrypted tunnel without an edge, so visitors speak plain HTTP to the forwarded port. */
export const ssh: SetupKind = {
  name: 'ssh -R',
  canDelayAgent: true,
  async start({ originPort, workDir, agentLink }) {
    const [server, client] = [findProgram('sshd'), findProgram('ssh')];
    if (!server || !client) return undefined;
    const dir = mkdtempSync(join(workDir, 'ssh-'));
    const [port, forwardedPort] = [await freePort(), await freePort()];
    makeSshKeys(dir);
    const configuration = sshdConfiguration(dir, port);
    writeFileSync(join(dir, 'sshd_config'), configuration);
    const edge = start(server, ['-D', '-e', '-f', join(dir, 'sshd_config')]);
    await waitForPort(port);
    const forward = ['-R', `127.0.0.1:${forwardedPort}:127.0.0.1:${originPort}`, `${userInfo().username}@127.0.0.1`];
    const agent = start(client, [...sshClientArguments(dir, await agentLink(port)), ...forward]);
    await waitForPort(forwardedPort);
    return startedSetup({
      name: 'ssh -R',
      configuration: `${configuration}ssh -N ${forward.join(' ')} (default cipher; no TLS towards the visitor)\n`,
      target: plainTarget(forwardedPort),
      edge,
      agent,
    });
  },
};

function sshdConfiguration(dir: string, port: number): string {
  return [
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
}

import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupKind } from '../job.ts';
import { findProgram, freePort, start, startQuiet, waitForPort } from '../processes/child.ts';
import { makeCertificate } from './certificate.ts';
import { makeSshKeys, sshClientArguments } from './ssh-client.ts';
import { startedSetup } from './started.ts';

const host = 'bench.localhost';

/** sish: an SSH server that ends visitors' TLS; the agent is OpenSSH's client. */
export const sish: SetupKind = {
  name: 'sish',
  canDelayAgent: true,
  async start({ originPort, workDir, agentLink }) {
    const [server, client] = [findProgram('sish'), findProgram('ssh')];
    if (!server || !client) return undefined;
    const dir = mkdtempSync(join(workDir, 'sish-'));
    const [port, httpPort, visitorPort] = [await freePort(), await freePort(), await freePort()];
    makeSshKeys(dir);
    for (const folder of ['keys', 'users', 'certificates']) mkdirSync(join(dir, folder));
    const { ca } = makeCertificate(join(dir, 'certificates'), host);
    const serverArgs = [
      ...[`--ssh-address=127.0.0.1:${port}`, `--http-address=127.0.0.1:${httpPort}`, '--domain=localhost'],
      ...['--https', `--https-address=127.0.0.1:${visitorPort}`, `--https-certificate-directory=${dir}/certificates`],
      ...['--authentication=false', `--authentication-keys-directory=${dir}/users`],
      ...[`--private-keys-directory=${dir}/keys`, '--bind-random-subdomains=false'],
      ...['--log-to-stdout=false', '--load-templates=false'],
    ];
    const edge = startQuiet(server, serverArgs);
    await waitForPort(port);
    const forward = ['-R', `bench:80:127.0.0.1:${originPort}`, 'bench@127.0.0.1'];
    const agent = start(client, [...sshClientArguments(dir, await agentLink(port)), ...forward]);
    agent.stdout?.resume();
    return startedSetup({
      name: 'sish',
      configuration: `sish ${serverArgs.join(' ')}\nssh -N ${forward.join(' ')}\n`,
      target: { port: visitorPort, tls: true, serverName: host, ca, hostHeader: host },
      edge,
      agent,
    });
  },
};

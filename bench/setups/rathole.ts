import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupKind } from '../job.ts';
import { findProgram, freePort, startQuiet, waitForPort } from '../processes/child.ts';
import { makeCertificate } from './certificate.ts';
import { plainTarget, startedSetup } from './started.ts';

/** rathole: TCP forwarded over TLS, one connection for each visitor; visitors speak plain HTTP. */
export const rathole: SetupKind = {
  name: 'rathole',
  canDelayAgent: true,
  async start({ originPort, workDir, agentLink }) {
    const program = findProgram('rathole');
    if (!program) return undefined;
    const dir = mkdtempSync(join(workDir, 'rathole-'));
    const [port, visitorPort] = [await freePort(), await freePort()];
    const { certFile, keyFile } = makeCertificate(dir);
    const identity = join(dir, 'identity.pfx');
    const export_ = ['pkcs12', '-export', '-out', identity, '-inkey', keyFile, '-in', certFile];
    execFileSync('openssl', [...export_, '-passout', 'pass:bench']);
    const serverText = `[server]
bind_addr = "127.0.0.1:${port}"
default_token = "bench"
[server.transport]
type = "tls"
[server.transport.tls]
pkcs12 = "${identity}"
pkcs12_password = "bench"
[server.services.bench]
bind_addr = "127.0.0.1:${visitorPort}"
`;
    writeFileSync(join(dir, 'server.toml'), serverText);
    const edge = startQuiet(program, ['--server', join(dir, 'server.toml')]);
    await waitForPort(port);
    const clientText = `[client]
remote_addr = "127.0.0.1:${await agentLink(port)}"
default_token = "bench"
[client.transport]
type = "tls"
[client.transport.tls]
trusted_root = "${certFile}"
hostname = "localhost"
[client.services.bench]
local_addr = "127.0.0.1:${originPort}"
`;
    writeFileSync(join(dir, 'client.toml'), clientText);
    const agent = startQuiet(program, ['--client', join(dir, 'client.toml')]);
    const configuration = `${serverText}--- client\n${clientText}`;
    return startedSetup({ name: 'rathole', configuration, target: plainTarget(visitorPort), edge, agent });
  },
};

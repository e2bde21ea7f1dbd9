import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupKind } from '../job.ts';
import { findProgram, freePort, startQuiet, waitForPort } from '../processes/child.ts';
import { makeCertificate } from './certificate.ts';
import { startedSetup } from './started.ts';

const host = 'bench.localhost';

/** piko: TLS to the server's proxy port, TLS between agent and server; one node, no access logs. */
export const piko: SetupKind = {
  name: 'piko',
  canDelayAgent: true,
  async start({ originPort, workDir, agentLink }) {
    const program = findProgram('piko');
    if (!program) return undefined;
    const dir = mkdtempSync(join(workDir, 'piko-'));
    const [visitorPort, port] = [await freePort(), await freePort()];
    const { certFile, keyFile, ca } = makeCertificate(dir, host);
    const listen = { proxy: visitorPort, upstream: port, admin: await freePort(), 'cluster.gossip': await freePort() };
    const serverArgs = [
      'server',
      ...Object.entries(listen).map(([name, number]) => `--${name}.bind-addr=127.0.0.1:${number}`),
      ...['proxy', 'upstream'].flatMap((name) => [`--${name}.tls.cert=${certFile}`, `--${name}.tls.key=${keyFile}`]),
      ...['--proxy.access-log.disable', '--log.level=error'],
      // By default a download longer than 10 s is cut.
      ...['read-timeout', 'write-timeout'].map((name) => `--proxy.http.${name}=600s`),
      '--proxy.timeout=600s',
    ];
    const edge = startQuiet(program, serverArgs);
    await waitForPort(port);
    const connection = [
      `--connect.url=https://127.0.0.1:${await agentLink(port)}`,
      `--connect.tls.root-cas=${certFile}`,
    ];
    const quiet = ['--access-log.disable', '--log.level=error', '--timeout=600s'];
    const agentArgs = ['agent', 'http', 'bench', `127.0.0.1:${originPort}`, ...connection, ...quiet];
    const agent = startQuiet(program, agentArgs);
    return startedSetup({
      name: 'piko',
      configuration: `piko ${serverArgs.join(' ')}\npiko ${agentArgs.join(' ')}\n`,
      target: { port: visitorPort, tls: true, serverName: host, ca, hostHeader: host },
      edge,
      agent,
    });
  },
};

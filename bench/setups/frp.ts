import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupKind } from '../job.ts';
import { findProgram, freePort, startQuiet, waitForPort } from '../processes/child.ts';
import { makeCertificate } from './certificate.ts';
import { plainTarget, startedSetup } from './started.ts';

const host = 'bench.localhost';

/** Visitors' TLS goes through the server as it is and ends in the agent, by the plugin made for it. */
export const frpHttps: SetupKind = frp('https');
/** Plain HTTP towards visitors, parsed by the server: the other way frp has. */
export const frpHttp: SetupKind = frp('http');

/** frps and frpc, defaults but for loopback and the log: TLS between them, one connection for all streams. */
function frp(type: 'https' | 'http'): SetupKind {
  const name = `frp ${type}`;
  return {
    name,
    canDelayAgent: true,
    async start({ originPort, workDir, agentLink }) {
      const [server, client] = [findProgram('frps'), findProgram('frpc')];
      if (!server || !client) return undefined;
      const dir = mkdtempSync(join(workDir, 'frp-'));
      const [port, visitorPort] = [await freePort(), await freePort()];
      const certificate = makeCertificate(dir, host);
      const vhost = type === 'https' ? 'vhostHTTPSPort' : 'vhostHTTPPort';
      const serverText = `bindAddr = "127.0.0.1"
proxyBindAddr = "127.0.0.1"
bindPort = ${port}
${vhost} = ${visitorPort}
log.level = "warn"
auth.token = "bench"
`;
      writeFileSync(join(dir, 'frps.toml'), serverText);
      const edge = startQuiet(server, ['-c', join(dir, 'frps.toml')]);
      await waitForPort(port);
      const plugin = `[proxies.plugin]
type = "https2http"
localAddr = "127.0.0.1:${originPort}"
crtPath = "${certificate.certFile}"
keyPath = "${certificate.keyFile}"
`;
      const clientText = `serverAddr = "127.0.0.1"
serverPort = ${await agentLink(port)}
log.level = "warn"
auth.token = "bench"
[[proxies]]
name = "bench"
type = "${type}"
customDomains = ["${host}"]
${type === 'https' ? plugin : `localPort = ${originPort}\n`}`;
      writeFileSync(join(dir, 'frpc.toml'), clientText);
      const agent = startQuiet(client, ['-c', join(dir, 'frpc.toml')]);
      const target =
        type === 'https'
          ? { port: visitorPort, tls: true, serverName: host, ca: certificate.ca, hostHeader: host }
          : plainTarget(visitorPort, host);
      return startedSetup({ name, configuration: `${serverText}--- frpc\n${clientText}`, target, edge, agent });
    },
  };
}

import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine, start } from '../child.ts';
import type { StartSetup } from '../job.ts';

const command = new URL('../../packages/cli/bin/adit.mjs', import.meta.url).pathname;

interface Ready {
  connect: string;
  caFile: string;
  https: { port: number };
  firstRun: { authtoken: string };
}

/** Edge and agent as users run them: two processes, TLS from the visitor to the edge and from the agent to the server. */
export const startAdit: StartSetup = async (originPort, workDir) => {
  const dataDir = mkdtempSync(join(workDir, 'adit-'));
  const args = ['server', '--data-dir', dataDir, '--https-port', '0', '--http-port', '0', '--ready-json'];
  const server = start(process.execPath, [command, ...args]);
  const ready = await firstLine(server, (line) => JSON.parse(line) as Ready);
  const connection = ['--connect-url', ready.connect, '--connect-cas', ready.caFile];
  const agent = start(process.execPath, [command, 'http', String(originPort), '--url', 'bench', ...connection], {
    ADIT_AUTHTOKEN: ready.firstRun.authtoken,
  });
  const url = await firstLine(agent, (line) => (JSON.parse(line) as { url?: string }).url);
  const { hostname, host, port } = new URL(url);
  return {
    name: 'adit',
    configuration: `adit ${args.slice(0, 1).join(' ')} + adit http: one process each, defaults`,
    target: {
      port: Number(port),
      tls: true,
      serverName: hostname,
      ca: readFileSync(ready.caFile, 'utf8'),
      hostHeader: host,
    },
    pids: [server.pid ?? 0, agent.pid ?? 0],
    stop: () => {
      agent.kill();
      server.kill();
    },
  };
};

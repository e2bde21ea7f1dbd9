import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Setup, SetupKind, Surroundings } from '../job.ts';
import { firstLine, start } from '../processes/child.ts';
import { startedSetup } from './started.ts';

const collectOnSignal = new URL('../processes/collect-on-signal.ts', import.meta.url).pathname;

interface Ready {
  readonly connect: string;
  readonly caFile: string;
  readonly firstRun: { readonly authtoken: string };
}

/** What a further agent needs. */
export interface AditSetup extends Setup {
  /** `host:port` of the server. */
  readonly connect: string;
  readonly caFile: string;
  readonly authtoken: string;
}

/** The Adit of a checkout as a setup among others. */
export function adit(checkout: string, name = 'adit'): SetupKind {
  return { name, checkout, canDelayAgent: true, start: (surroundings) => startAdit(checkout, surroundings, name) };
}

/** Edge and agent as users run them: two processes, TLS from the visitor to the edge and from the agent to the server. */
export async function startAdit(checkout: string, surroundings: Surroundings, name = 'adit'): Promise<AditSetup> {
  const command = join(checkout, 'packages/cli/bin/adit.mjs');
  const dataDir = mkdtempSync(join(surroundings.workDir, 'adit-'));
  const args = ['server', '--data-dir', dataDir, '--https-port', '0', '--http-port', '0', '--ready-json'];
  const edge = start(process.execPath, [...nodeOptions(`${name}-server`, surroundings), command, ...args]);
  const { connect, caFile, firstRun } = await firstLine(edge, (line) => JSON.parse(line) as Ready);
  const service = ['http', String(surroundings.originPort), '--url', 'bench'];
  const connection = ['--connect-url', await throughLink(connect, surroundings), '--connect-cas', caFile];
  const agentArgs = [...nodeOptions(`${name}-agent`, surroundings), command, ...service, ...connection];
  const agent = start(process.execPath, agentArgs, { ADIT_AUTHTOKEN: firstRun.authtoken });
  const url = await firstLine(agent, (line) => (JSON.parse(line) as { url?: string }).url);
  const { hostname, host, port } = new URL(url);
  const ca = readFileSync(caFile, 'utf8');
  const setup = startedSetup({
    name,
    configuration: 'adit server + adit http: one process each, defaults, TLS on both links',
    target: { port: Number(port), tls: true, serverName: hostname, ca, hostHeader: host },
    edge,
    agent,
  });
  return { ...setup, connect, caFile, authtoken: firstRun.authtoken };
}

/** The address at which the agent finds the server. */
async function throughLink(connect: string, { agentLink }: Surroundings): Promise<string> {
  const colon = connect.lastIndexOf(':');
  return `${connect.slice(0, colon)}:${await agentLink(Number(connect.slice(colon + 1)))}`;
}

function nodeOptions(process: string, { profileDir, collectsOnSignal }: Surroundings): string[] {
  const name = `${process.replaceAll(/\W+/g, '-')}-${Date.now()}.cpuprofile`;
  return [
    ...(profileDir ? ['--cpu-prof', '--cpu-prof-dir', profileDir, '--cpu-prof-name', name] : []),
    // The room for young objects grows and shrinks by tens of megabytes, which would hide what is looked for.
    ...(collectsOnSignal ? ['--expose-gc', '--max-semi-space-size=1', '--import', collectOnSignal] : []),
  ];
}

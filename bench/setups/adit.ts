import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Setup, SetupKind, Surroundings, Target } from '../job.ts';
import { firstLine, start } from '../processes/child.ts';
import { startedSetup } from './started.ts';

const collectOnSignal = new URL('../processes/collect-on-signal.ts', import.meta.url).pathname;

interface Ready {
  readonly connect: string;
  readonly caFile: string;
  readonly firstRun: { readonly authtoken: string };
}

/** What a further agent needs. */
export interface AditServer {
  readonly checkout: string;
  readonly edge: ChildProcess;
  /** `host:port` of the server. */
  readonly connect: string;
  readonly caFile: string;
  readonly authtoken: string;
}

export interface AditAgent {
  readonly agent: ChildProcess;
  readonly target: Target;
}

export type AditSetup = Setup & Omit<AditServer, 'edge' | 'checkout'>;

/** The Adit of a checkout as a setup among others. */
export function adit(checkout: string, name = 'adit'): SetupKind {
  return { name, checkout, canDelayAgent: true, start: (surroundings) => startAdit(checkout, surroundings, name) };
}

/** Edge and agent as users run them: two processes, TLS from the visitor to the edge and from the agent to the server. */
export async function startAdit(checkout: string, surroundings: Surroundings, name = 'adit'): Promise<AditSetup> {
  const server = await startServer(checkout, surroundings, name);
  const { agent, target } = await startAgent(server, surroundings, { name });
  const { edge, connect, caFile, authtoken } = server;
  const configuration = 'adit server + adit http: one process each, defaults, TLS on both links';
  return { ...startedSetup({ name, configuration, target, edge, agent }), connect, caFile, authtoken };
}

export async function startServer(checkout: string, surroundings: Surroundings, name = 'adit'): Promise<AditServer> {
  const dataDir = mkdtempSync(join(surroundings.workDir, 'adit-'));
  const args = ['server', '--data-dir', dataDir, '--https-port', '0', '--http-port', '0', '--ready-json'];
  const options = nodeOptions(`${name}-server`, surroundings);
  const edge = start(process.execPath, [...options, commandOf(checkout), ...args]);
  const { connect, caFile, firstRun } = await firstLine(edge, (line) => JSON.parse(line) as Ready);
  return { checkout, edge, connect, caFile, authtoken: firstRun.authtoken };
}

export interface AgentChoices {
  readonly name: string;
  /** Of the endpoint. */
  readonly label?: string;
  /** Further options of `adit http`. */
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

/** Starts `adit http`; resolves when it has told its URL. */
export async function startAgent(
  server: AditServer,
  surroundings: Surroundings,
  { name, label = 'bench', args = [], env = {} }: AgentChoices,
): Promise<AditAgent> {
  const service = ['http', String(surroundings.originPort), '--url', label, ...args];
  const connection = ['--connect-url', await throughLink(server.connect, surroundings), '--connect-cas', server.caFile];
  const options = nodeOptions(`${name}-agent`, surroundings);
  const agent = start(process.execPath, [...options, commandOf(server.checkout), ...service, ...connection], {
    ...env,
    ADIT_AUTHTOKEN: server.authtoken,
  });
  const url = await firstLine(agent, (line) => (JSON.parse(line) as { url?: string }).url);
  const { hostname, host, port } = new URL(url);
  const ca = readFileSync(server.caFile, 'utf8');
  return { agent, target: { port: Number(port), tls: true, serverName: hostname, ca, hostHeader: host } };
}

function commandOf(checkout: string): string {
  return join(checkout, 'packages/cli/bin/adit.mjs');
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

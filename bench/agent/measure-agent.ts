// `npm run bench -- --agent`: what an agent costs the person who runs it: waiting for its URL, memory while nothing happens,
// and the inspector, which is on unless somebody says no.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load, Surroundings } from '../job.ts';
import { loads } from '../loads.ts';
import { isNamed, type Options } from '../options.ts';
import { firstLine, startScript, stop } from '../processes/child.ts';
import { type AgentRow, agentRow, agentTable } from '../report/agent-rows.ts';
import type { Measurement } from '../report/measurement.ts';
import { agentTargetTable } from '../report/targets.ts';
import { Links } from '../run/links.ts';
import { measure } from '../run/measure.ts';
import type { RunningSetup } from '../run/running-setups.ts';
import { type AditServer, startServer } from '../setups/adit.ts';
import { inspectedSetups } from './inspected-setups.ts';
import { type AgentStart, startOnce } from './start-once.ts';

const ourCheckout = fileURLToPath(new URL('../../', import.meta.url));
/** Fewer say little about a median. */
const minStarts = 10;
const loadSeconds = 3;

interface Subject {
  readonly name: string;
  readonly server: AditServer;
  readonly inspected: readonly RunningSetup[];
  readonly starts: AgentStart[];
  readonly measurements: Measurement[];
}

export async function measureAgent(
  { rounds, baseCheckout, profileDir, only }: Options,
  { workDir, resultsDir }: { workDir: string; resultsDir: string },
): Promise<void> {
  const origin = startScript(new URL('../origin/main.ts', import.meta.url));
  const originPort = await firstLine(origin, Number);
  const surroundings = { originPort, workDir, agentLink: async (port: number) => port, profileDir };
  const checkouts = { adit: ourCheckout, ...(baseCheckout === undefined ? {} : { 'adit base': baseCheckout }) };
  const subjects: Subject[] = [];
  try {
    for (const [name, checkout] of Object.entries(checkouts)) {
      subjects.push(await startSubject(name, checkout, surroundings));
    }
    if (isNamed('start', only)) await measureStarts(subjects, { ...surroundings, profileDir: undefined });
    if (isNamed('inspector', only)) await measureRounds(subjects, rounds, { origin, workDir });
    report(subjects.map(agentRow), { subjects, resultsDir });
  } finally {
    for (const { server, inspected } of subjects) {
      await Promise.all(inspected.map((setup) => setup.stop()));
      await stop(server.edge);
    }
    await stop(origin);
  }
}

async function startSubject(name: string, checkout: string, surroundings: Surroundings): Promise<Subject> {
  const workDir = join(surroundings.workDir, name.replaceAll(' ', '-'));
  mkdirSync(workDir);
  const place = { ...surroundings, workDir };
  const server = await startServer(checkout, place, name);
  const inspected = await inspectedSetups(server, place, name);
  // What Node.js compiled is kept from now on, as it is after the first start that a user makes.
  await startOnce(server, place);
  return { name, server, inspected, starts: [], measurements: [] };
}

async function measureStarts(subjects: readonly Subject[], surroundings: Surroundings): Promise<void> {
  for (let count = 0; count < minStarts; count++) {
    for (const { server, starts } of subjects) starts.push(await startOnce(server, surroundings));
  }
  process.stderr.write(`${minStarts} starts done\n`);
}

async function measureRounds(
  subjects: readonly Subject[],
  rounds: number,
  place: { origin: ChildProcess; workDir: string },
): Promise<void> {
  // In the first the runtime compiles what the inspector runs, and its store fills.
  await measureInspector(subjects, { round: 0, ...place });
  for (let round = 1; round <= rounds; round++) {
    const measured = await measureInspector(subjects, { round, ...place });
    for (const [subject, found] of measured) subject.measurements.push(...found);
    process.stderr.write(`round ${round} of ${rounds} done\n`);
  }
}

async function measureInspector(
  subjects: readonly Subject[],
  { round, origin, workDir }: { round: number; origin: ChildProcess; workDir: string },
): Promise<[Subject, Measurement[]][]> {
  const bench = { originPid: origin.pid ?? 0, workDir, links: new Links(), round };
  const measured = subjects.map((subject): [Subject, Measurement[]] => [subject, []]);
  for (const load of inspectorLoads()) {
    for (const [{ inspected }, found] of measured) {
      // Whoever comes second finds the machine otherwise than the first.
      const order = round % 2 === 0 ? inspected : inspected.toReversed();
      for (const setup of order) found.push(await measure(setup, load, bench));
    }
  }
  return measured;
}

/** Small requests: what is kept of each weighs most there. */
function inspectorLoads(): Load[] {
  return loads
    .filter(({ name }) => name === 'h1 100 B, c=64' || name === 'h1 100 B, c=1')
    .map((load) => ({ ...load, work: { ...load.work, pace: { kind: 'flatOut', seconds: loadSeconds } } }));
}

function report(
  rows: readonly AgentRow[],
  { subjects, resultsDir }: { subjects: readonly Subject[]; resultsDir: string },
): void {
  const text = `${agentTable(rows)}\n\n${agentTargetTable(rows[0])}\n`;
  console.log(`\n${text}`);
  writeFileSync(join(resultsDir, 'agent.md'), text);
  const numbers = subjects.map(({ name, starts, measurements }) => ({ name, starts, measurements }));
  writeFileSync(join(resultsDir, 'agent.json'), JSON.stringify({ rows, numbers }, null, 2));
  console.log('The same: bench/results/agent.md; all numbers: bench/results/agent.json');
}

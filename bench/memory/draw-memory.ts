// `npm run bench -- --memory`: resident memory of Adit's server and agent over time, as a picture and as numbers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isNamed, type Options } from '../options.ts';
import { firstLine, startScript, stop } from '../processes/child.ts';
import { markdownTable } from '../report/table.ts';
import { waitUntilReady } from '../run/wait-until-ready.ts';
import { type AditSetup, startAdit } from '../setups/adit.ts';
import { drawPanels, type Panel } from './chart.ts';
import { type Sample, Sampler } from './sampler.ts';
import { type Scenario, scenarios } from './scenarios.ts';

const ourCheckout = fileURLToPath(new URL('../../', import.meta.url));
/** Watched on after the end, so that one sees what comes back. */
const afterwardsMs = 3000;

interface Curve {
  readonly scenario: string;
  readonly remark: string;
  readonly samples: readonly Sample[];
}

export async function drawMemory(
  { only, scale, baseCheckout, profileDir }: Options,
  { workDir, resultsDir }: { workDir: string; resultsDir: string },
): Promise<void> {
  const origin = startScript(new URL('../origin/main.ts', import.meta.url));
  const originPort = await firstLine(origin, Number);
  const agentLink = async (port: number): Promise<number> => port;
  const surroundings = { originPort, workDir, agentLink, profileDir };
  try {
    const curves: Curve[] = [];
    for (const scenario of scenarios.filter(({ name }) => isNamed(name, only))) {
      // Started anew each time: what one scenario leaves behind would hide what the next one takes.
      const setup = await startAdit(baseCheckout ?? ourCheckout, surroundings);
      try {
        curves.push(await watch(scenario, setup, scale));
      } finally {
        await setup.stop();
      }
      process.stderr.write(`${scenario.name}: done\n`);
    }
    console.log(tableOf(curves));
    writeFileSync(join(resultsDir, 'memory.json'), JSON.stringify(curves));
    writeFileSync(join(resultsDir, 'memory.png'), drawPanels(curves.map(panelOf)));
    console.log('\nThe curves: bench/results/memory.png; all numbers: bench/results/memory.json');
  } finally {
    await stop(origin);
  }
}

async function watch(scenario: Scenario, setup: AditSetup, scale: number): Promise<Curve> {
  await waitUntilReady(setup.target);
  const sampler = new Sampler(setup);
  try {
    const remark = await scenario.run(setup.target, scale).catch((error: unknown) => `failed: ${String(error)}`);
    await sleep(afterwardsMs);
    return { scenario: scenario.name, remark, samples: sampler.samples };
  } finally {
    sampler.stop();
  }
}

/** MB before, at most and 3 s after the end; nothing makes the processes collect their garbage. */
function tableOf(curves: readonly Curve[]): string {
  const megabytes = (bytes: number | undefined): string => ((bytes ?? 0) / 1e6).toFixed(0);
  const three = (samples: readonly Sample[], of: 'serverBytes' | 'agentBytes'): string =>
    [samples[0]?.[of], Math.max(...samples.map((sample) => sample[of])), samples.at(-1)?.[of]]
      .map(megabytes)
      .join(' / ');
  return markdownTable(
    ['scenario', 'seconds', 'server MB: before / most / after', 'agent MB: before / most / after', ''],
    curves.map(({ scenario, remark, samples }) => [
      scenario,
      (samples.at(-1)?.seconds ?? 0).toFixed(0),
      three(samples, 'serverBytes'),
      three(samples, 'agentBytes'),
      remark,
    ]),
  );
}

function panelOf({ scenario, samples }: Curve): Panel {
  const line = (name: string, of: 'serverBytes' | 'agentBytes') => ({
    name,
    points: samples.map((sample) => ({ x: sample.seconds, y: sample[of] / 1e6 })),
  });
  return { title: scenario, lines: [line('SERVER', 'serverBytes'), line('AGENT', 'agentBytes')] };
}

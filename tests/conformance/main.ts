// Plays every scenario and prints a Markdown table: node tests/conformance/main.ts
import { runScenario } from './run-scenario.ts';
import { loadScenarios, type Scenario, type Way, ways } from './scenario.ts';

async function resultOf(scenario: Scenario, way: Way): Promise<string> {
  if (!scenario.ways.has(way)) return 'n.a.';
  const differs = way === 'node:http' && scenario.referenceDiffers !== null;
  try {
    await runScenario(scenario, way);
    return differs ? '**no longer differs**' : 'pass';
  } catch (error) {
    if (differs) return 'differs';
    console.error(`${scenario.name} (${way}): ${(error as Error).message}`);
    return '**fail**';
  }
}

const scenarios = [...loadScenarios('requests'), ...loadScenarios('answers')];
const rows = scenarios.map(() => ways.map(() => ''));
const counts = new Map<string, number>();
let next = 0;

/** Takes one scenario after another until none is left. */
async function work(): Promise<void> {
  for (let i = next++; i < scenarios.length; i = next++) {
    for (const [column, way] of ways.entries()) {
      const result = await resultOf(scenarios[i] as Scenario, way);
      rows[i]?.splice(column, 1, result);
      counts.set(`${way} ${result}`, (counts.get(`${way} ${result}`) ?? 0) + 1);
    }
  }
}

await Promise.all(Array.from({ length: 16 }, work));

console.log(`| scenario | after | ${ways.join(' | ')} |\n|---|---|${'---|'.repeat(ways.length)}`);
for (const [i, { title, source }] of scenarios.entries())
  console.log(`| ${title.replaceAll('|', '\\|')} | ${source} | ${rows[i]?.join(' | ')} |`);
console.log(`\n${scenarios.length} scenarios: ${[...counts].map(([key, count]) => `${key} ${count}`).join(', ')}.`);
for (const { title, referenceDiffers } of scenarios)
  if (referenceDiffers !== null) console.log(`\nnode:http differs in "${title}": ${referenceDiffers}.`);
process.exit(rows.some((row) => row.some((result) => result.includes('**'))) ? 1 : 0);

// Every scenario of requests/ and answers/ on every way it is made for. How they are written: scenario.ts.
import { expect, test } from 'vitest';
import { runScenario } from './run-scenario.ts';
import { loadScenarios, type Scenario, type Way, ways } from './scenario.ts';

const scenarios = [...loadScenarios('requests'), ...loadScenarios('answers')];

for (const scenario of scenarios) {
  for (const way of ways.filter((one) => scenario.ways.has(one))) {
    test.concurrent(`${way}, ${scenario.name}: ${scenario.title}`, () => play(scenario, way));
  }
}

async function play(scenario: Scenario, way: Way): Promise<void> {
  const { referenceDiffers } = scenario;
  if (way !== 'node:http' || referenceDiffers === null) return runScenario(scenario, way);
  // An exception that is no longer one must go.
  await expect(runScenario(scenario, way), `node:http no longer differs: ${referenceDiffers}`).rejects.toThrow();
}

test('node:http differs in few scenarios', () => {
  expect(scenarios.filter(({ referenceDiffers }) => referenceDiffers !== null).length).toBeLessThan(
    scenarios.length / 8,
  );
});

test('no two scenarios have the same title', () => {
  const titles = scenarios.map(({ title }) => title);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});

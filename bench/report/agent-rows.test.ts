import { expect, it } from 'vitest';
import { type AgentFigures, agentRow, agentTable } from './agent-rows.ts';
import type { Measurement } from './measurement.ts';
import { agentTargetsOf, agentTargetTable } from './targets.ts';

const run = (setup: string, round: number, change: Partial<Measurement>): Measurement => ({
  ...{ setup, round, load: 'small', isTls: true, seconds: 1, exchanges: 100, bytes: 1, p50Ms: 1, p99Ms: 1 },
  ...{ edgeSeconds: 0, agentSeconds: 1, originSeconds: 0 },
  ...change,
});

const figures: AgentFigures = {
  name: 'adit',
  starts: [300, 500, 100].map((urlMs) => ({ urlMs, processorMs: urlMs / 2, idleBytes: urlMs * 1e6 })),
  measurements: [
    run('adit off', 1, { exchanges: 100 }),
    run('adit on', 1, { exchanges: 90 }),
    // Another program took the machine: of this round the ratio is as good as of any other.
    run('adit on', 2, { exchanges: 19, agentSeconds: 0.3 }),
    run('adit off', 2, { exchanges: 20, agentSeconds: 0.2 }),
    run('adit on', 3, { exchanges: 80 }),
    run('adit off', 3, { exchanges: 100 }),
  ],
};

it('agentRow() has the medians of starts, and of the ratios of each round', () => {
  const row = agentRow(figures);
  expect(row).toMatchObject({ name: 'adit', urlMs: 300, processorMs: 150, idleMegabytes: 300 });
  expect(row.inspector).toEqual([{ load: 'small', perSecond: expect.closeTo(0.9), agentMicros: expect.closeTo(1.25) }]);
});

it('agentTable() has a line for each checkout', () => {
  const row = agentRow(figures);
  const lines = agentTable([row, { ...row, name: 'adit base', urlMs: 412.3 }]).split('\n');
  expect(lines.slice(2)).toEqual([
    '| adit | 300 | 150 | 300.0 | 0.90 | 1.25 |',
    '| adit base | 412 | 150 | 300.0 | 0.90 | 1.25 |',
  ]);
});

it('agentTargetsOf() says what is reached', () => {
  const row = { ...agentRow(figures), urlMs: 400, idleMegabytes: 80.1 };
  expect(agentTargetsOf(row).map(({ isReached }) => isReached)).toEqual([true, false, true]);
  const inspector = [{ load: 'small', agentMicros: 1, perSecond: 0.89 }];
  expect(agentTargetsOf({ ...row, inspector }).at(-1)?.isReached).toBe(false);
});

it('says of what was left out that it was not measured', () => {
  expect(agentTargetTable(agentRow({ name: 'adit', starts: [], measurements: [] }))).not.toMatch(/ reached|\*\*/);
});

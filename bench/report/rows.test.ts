import { describe, expect, it } from 'vitest';
import type { Load } from '../job.ts';
import { lowLoadName } from '../loads.ts';
import type { Measurement } from './measurement.ts';
import { type Row, rowsOf } from './rows.ts';
import { loadTable } from './table.ts';
import { targetsOf, targetTable } from './targets.ts';

const load: Load = {
  name: 'h1 100 B, c=64',
  isShort: true,
  unit: 'exchange',
  work: {
    protocol: 'h1',
    answerBytes: 100,
    uploadBytes: 0,
    connections: 64,
    streams: 1,
    pace: { kind: 'flatOut', seconds: 2 },
  },
};

const run = (setup: string, edgeSeconds: number, change: Partial<Measurement> = {}): Measurement => ({
  setup,
  load: load.name,
  round: 1,
  isTls: true,
  seconds: 2,
  exchanges: 100,
  bytes: 2e6,
  p50Ms: 1,
  p99Ms: 2,
  edgeSeconds,
  agentSeconds: 0.01,
  originSeconds: 0.001,
  ...change,
});

describe('rowsOf()', () => {
  it('takes medians over the rounds, for each setup', () => {
    const rows = rowsOf(load, [run('adit', 0.03), run('nginx', 0.01), run('adit', 0.9), run('adit', 0.02)]);
    expect(rows.map(({ setup }) => setup)).toEqual(['adit', 'nginx']);
    expect(rows[0]).toMatchObject({ edgeMicros: 300, agentMicros: 100, perSecond: 50, megabytesPerSecond: 1 });
  });

  it('divides by megabytes where the load says so', () => {
    expect(rowsOf({ ...load, unit: 'MB' }, [run('adit', 0.03)])[0]?.edgeMicros).toBeCloseTo(15_000);
  });

  it('subtracts the direct latency of the same round', () => {
    const direct = [0.1, 0.7, 0.3].map((p50Ms, round) => run('direct', 0, { p50Ms, round }));
    const adit = [1.1, 1.2, 1.3].map((p50Ms, round) => run('adit', 1, { p50Ms, round }));
    const rows = rowsOf(load, [...direct, ...adit]);
    // 1.0, 0.5 and 1.0: not the difference of the medians, which is 0.9.
    expect(rows[1]?.addedP50Ms).toBeCloseTo(1);
  });
});

it('loadTable() has the edge as a multiple of that of nginx', () => {
  const table = loadTable(load, rowsOf(load, [run('adit', 0.03), run('nginx', 0.02)]));
  expect(table).toContain('| adit | TLS | 50 | 1.0 | 1.00 | 2.00 | 400 | 300 | 100 | 1.50 | 10 |');
});

describe('targetsOf()', () => {
  const row = (setup: string, change: Partial<Row>): Row => ({
    ...(rowsOf(load, [run(setup, 1)])[0] as Row),
    ...change,
  });
  const valueOf = (rows: readonly Row[], part: string, idle = {}) =>
    targetsOf(rows, idle).find(({ what }) => what.includes(part));

  it.each([
    [149, true],
    [151, false],
  ])('compares edge processor time: %d against 100 of nginx', (edgeMicros, isReached) => {
    const rows = [row('adit', { edgeMicros }), row('nginx', { edgeMicros: 100 })];
    expect(valueOf(rows, 'edge processor time, h1 100 B, c=64')).toMatchObject({ value: edgeMicros / 100, isReached });
  });

  it('compares both sides with the best peer that speaks TLS, not with nginx', () => {
    const rows = [
      row('adit', { edgeMicros: 60, agentMicros: 40 }),
      row('nginx', { edgeMicros: 1, agentMicros: 0 }),
      row('bore', { edgeMicros: 1, agentMicros: 1, isTls: false }),
      row('piko', { edgeMicros: 100, agentMicros: 100 }),
      row('frp https', { edgeMicros: 100, agentMicros: 150 }),
    ];
    expect(valueOf(rows, 'all processor time, h1 100 B, c=64')).toMatchObject({ value: 0.5, isReached: true });
  });

  it('compares what latency is added', () => {
    const rows = [
      row('adit', { load: lowLoadName, addedP99Ms: 3 }),
      row('frp https', { load: lowLoadName, addedP99Ms: 2 }),
    ];
    expect(valueOf(rows, 'p99')).toMatchObject({ value: 1.5, isReached: false });
  });

  it('takes the memory of a session from what was measured while idle', () => {
    expect(valueOf([], 'idle agent session', { 'adit session': 84_000 })).toMatchObject({ value: 84, isReached: true });
  });

  it('says of everything else that it was not measured', () => {
    expect(targetTable([], {})).not.toMatch(/ reached|\*\*/);
  });
});

import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { DecisionTrace } from '../domain/decision-trace.ts';
import { RecentTraces } from './recent-traces.ts';

const ours = newId('account', 1);

function traceOf(requestId: string): DecisionTrace {
  return {
    ...{ requestId, accountId: ours, endpointId: newId('endpoint', 1), url: 'https://a.test', atMs: 0 },
    ...{ clientIp: '203.0.113.7', method: 'GET', path: '/', outcome: 'deny', reason: 'deny/refused', rules: [] },
  };
}

test('[invariant: tenancy-in-every-key] a trace is found by its account and by no other', () => {
  const traces = new RecentTraces();
  traces.record(traceOf('req_1'));
  expect(traces.find(ours, 'req_1')).toMatchObject({ requestId: 'req_1' });
  expect(traces.find(newId('account', 1), 'req_1')).toBeUndefined();
  expect(traces.find(ours, 'req_2')).toBeUndefined();
});

test('the latest 10,000 are kept', () => {
  const traces = new RecentTraces();
  for (let i = 0; i <= 10_000; i++) traces.record(traceOf(`req_${i}`));
  expect(traces.find(ours, 'req_0')).toBeUndefined();
  expect(traces.find(ours, 'req_1')).toBeDefined();
});

// The visitor, a process of its own: `visitor/main.ts '<VisitorJob as JSON>'`. Prints `started` and `ended` around what is
// measured, then a VisitorResult as JSON.
import type { VisitorJob, VisitorResult } from '../job.ts';
import { quantile } from '../report/quantile.ts';
import { openLanes } from './open-lanes.ts';
import { startsOf } from './pace.ts';
import { runLanes } from './run-lanes.ts';
import { warmUp } from './warm-up.ts';

const job = JSON.parse(process.argv[2] ?? '') as VisitorJob;
const lanes = await openLanes(job);
const size = await warmUp(lanes, job.work);
console.log('started');
const startedAt = performance.now();
const { latencies, bytes } = await runLanes(lanes, size, startsOf(job.work.pace, lanes.length));
const seconds = (performance.now() - startedAt) / 1000;
console.log('ended');
const result: VisitorResult = {
  seconds,
  exchanges: latencies.length,
  bytes,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
};
console.log(JSON.stringify(result));
process.exit();

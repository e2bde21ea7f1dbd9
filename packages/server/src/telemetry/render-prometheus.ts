// The one file that knows the metrics library.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { gaugeHelp, type MetricsSnapshot } from './metrics-snapshot.ts';

// The process's own figures (processor, memory, garbage collection): observers are set up once, then only read.
const processRegistry = new Registry();
collectDefaultMetrics({ register: processRegistry });

/** Writes one snapshot in the Prometheus text format. */
export async function renderPrometheus(snapshot: MetricsSnapshot): Promise<{ contentType: string; body: string }> {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'adit_requests_total',
    help: 'Visitor requests that ended, by class of status; none: without an answer',
    labelNames: ['status_class'],
    registers,
  });
  for (const [statusClass, count] of snapshot.requests) requests.inc({ status_class: statusClass }, count);
  const denials = new Counter({
    name: 'adit_denials_total',
    help: 'Visitors and connections refused, by reason',
    labelNames: ['reason'],
    registers,
  });
  for (const [reason, count] of snapshot.denials) denials.inc({ reason }, count);
  for (const [name, value] of snapshot.gauges) new Gauge({ name, help: gaugeHelp[name], registers }).set(value);
  new Gauge({
    name: 'adit_http_streams',
    help: 'Visitor requests and upgraded connections that are being served now',
    registers,
  }).set(snapshot.activeStreams);
  const loopDelay = new Gauge({
    name: 'adit_loop_delay_seconds',
    help: 'By how much the event loop came late since the last look; quantile 1 is the longest',
    labelNames: ['quantile'],
    registers,
  });
  loopDelay.set({ quantile: '0.5' }, snapshot.loopDelay.p50);
  loopDelay.set({ quantile: '0.99' }, snapshot.loopDelay.p99);
  loopDelay.set({ quantile: '1' }, snapshot.loopDelay.max);
  const body = (await registry.metrics()) + (await processRegistry.metrics());
  return { contentType: registry.contentType, body };
}

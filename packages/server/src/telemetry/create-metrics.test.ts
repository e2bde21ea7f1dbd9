import { afterEach, expect, test } from 'vitest';
import { createMetrics, type Metrics } from './create-metrics.ts';

let metrics: Metrics;
afterEach(() => metrics.close());

test('render() writes counts by class and reason, gauges as they are now, and the loop delay', async () => {
  metrics = createMetrics();
  let sessions = 1;
  metrics.gauge('adit_agent_sessions', () => sessions);
  metrics.requestEnded(200);
  metrics.requestEnded(204);
  metrics.requestEnded(502);
  metrics.requestEnded(0);
  metrics.activeStreams(1);
  metrics.activeStreams(1);
  metrics.activeStreams(-1);
  metrics.denied('restrict-ips/not-allowed');
  sessions = 7;
  const { contentType, body } = await metrics.render();
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of [
    'adit_requests_total{status_class="2xx"} 2',
    'adit_requests_total{status_class="5xx"} 1',
    'adit_requests_total{status_class="none"} 1',
    'adit_http_streams 1',
    'adit_denials_total{reason="restrict-ips/not-allowed"} 1',
    'adit_agent_sessions 7',
    'adit_loop_delay_seconds{quantile="0.99"} ',
    'process_cpu_seconds_total ',
  ]) {
    expect(body).toContain(`\n${line}`);
  }
  expect(body).not.toContain('adit_streams');
});

test('render() may be asked again, and two sets of metrics do not mix', async () => {
  metrics = createMetrics();
  metrics.requestEnded(200);
  await metrics.render();
  const other = createMetrics();
  const { body } = await other.render();
  other.close();
  expect(body).not.toContain('status_class="2xx"');
  expect((await metrics.render()).body).toContain('adit_requests_total{status_class="2xx"} 1');
});

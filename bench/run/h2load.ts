import { readFileSync } from 'node:fs';
import type { VisitorJob, VisitorResult } from '../job.ts';
import { quantile } from '../report/quantile.ts';

/** Warming up includes the TLS handshakes, which take their time with many connections. */
const warmUpMs = { atLeast: 500, perConnection: 4 };
/** A window that grows with the way needs some round trips to do so. */
const bulkWarmUpMs = 2_000;

/** @returns undefined when h2load cannot do this, or not well. */
export function h2loadArguments({ target, work }: VisitorJob, logFile: string): string[] | undefined {
  const isGet = work.uploadBytes === 0 && (work.protocol === 'h1' || work.protocol === 'h2');
  if (!isGet || work.pace.kind === 'steady') return undefined;
  const protocol = work.protocol === 'h1' ? ['--h1'] : ['-m', String(work.streams)];
  const warmUp =
    work.pace.kind === 'once' ? bulkWarmUpMs : warmUpMs.atLeast + warmUpMs.perConnection * work.connections;
  const duration = ['-D', String(work.pace.seconds), `--warm-up-time=${warmUp}ms`];
  const address = [
    `--connect-to=127.0.0.1:${target.port}`,
    `http${target.tls ? 's' : ''}://${target.hostHeader}/${work.answerBytes}`,
  ];
  return ['-c', String(work.connections), ...protocol, ...duration, `--log-file=${logFile}`, ...address];
}

/** Reads h2load's summary and its log, which has a line for each request: start, status, microseconds. */
export function readH2load(output: string, logFile: string, seconds: number): VisitorResult {
  const counts = /^requests: .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/m.exec(output);
  const [done, succeeded, failed, errored] = (counts?.slice(1) ?? []).map(Number);
  const bytes = Number(/, \S+ \((\d+)\) data$/m.exec(output)?.[1]);
  // Of large answers none may be whole yet when the time is over.
  if (!(bytes > 0) || succeeded !== done || failed || errored) throw new Error(`h2load failed:\n${output}`);
  const latencies = readFileSync(logFile, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.split('\t')[2]) / 1000);
  return {
    seconds,
    exchanges: succeeded ?? 0,
    bytes,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

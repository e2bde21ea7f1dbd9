import { readFileSync } from 'node:fs';
import type { VisitorJob, VisitorResult, Work } from '../job.ts';
import { quantile } from '../report/quantile.ts';

/** Warming up includes the TLS handshakes, which take their time with many connections. */
const warmUpMs = { atLeast: 500, perConnection: 4 };

/** @returns undefined when h2load cannot do this, or not well. */
export function h2loadArguments({ target, work }: VisitorJob, logFile: string): string[] | undefined {
  const isGet = work.uploadBytes === 0 && (work.protocol === 'h1' || work.protocol === 'h2');
  if (!isGet || work.pace.kind !== 'flatOut') return undefined;
  const protocol = work.protocol === 'h1' ? ['--h1'] : ['-m', String(work.streams)];
  const duration = [
    '-D',
    String(work.pace.seconds),
    `--warm-up-time=${warmUpMs.atLeast + warmUpMs.perConnection * work.connections}ms`,
  ];
  const address = [
    `--connect-to=127.0.0.1:${target.port}`,
    `http${target.tls ? 's' : ''}://${target.hostHeader}/${work.answerBytes}`,
  ];
  return ['-c', String(work.connections), ...protocol, ...duration, `--log-file=${logFile}`, ...address];
}

/**
 * Reads h2load's summary and its log, which has a line for each request: start, status, microseconds. Its count of bytes has
 * those of warming up in it, its count of requests has not.
 */
export function readH2load(output: string, logFile: string, { answerBytes, pace }: Work): VisitorResult {
  const counts = /^requests: .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/m.exec(output);
  const [done, succeeded, failed, errored] = (counts?.slice(1) ?? []).map(Number);
  if (!done || succeeded !== done || failed || errored) throw new Error(`h2load failed:\n${output}`);
  const latencies = readFileSync(logFile, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.split('\t')[2]) / 1000);
  return {
    seconds: pace.seconds,
    exchanges: done,
    bytes: done * answerBytes,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Work } from '../job.ts';
import { h2loadArguments, readH2load } from './h2load.ts';

const dir = mkdtempSync(join(tmpdir(), 'adit-h2load-'));
afterAll(() => rmSync(dir, { recursive: true }));

const target = { port: 8443, tls: true, serverName: 'a.localhost', ca: '', hostHeader: 'a.localhost:8443' };
const work: Work = {
  protocol: 'h2',
  answerBytes: 100,
  uploadBytes: 0,
  connections: 2,
  streams: 32,
  pace: { kind: 'flatOut', seconds: 2 },
};

it('h2loadArguments() connects to loopback under the name of the setup', () => {
  expect(h2loadArguments({ target, work }, 'log')?.join(' ')).toBe(
    '-c 2 -m 32 -D 2 --warm-up-time=508ms --log-file=log --connect-to=127.0.0.1:8443 https://a.localhost:8443/100',
  );
});

it.each<Partial<Work>>([
  { uploadBytes: 1 },
  { protocol: 'websocket' },
  { protocol: 'h1-new' },
  { pace: { kind: 'steady', seconds: 1, perSecond: 9 } },
  { pace: { kind: 'once', seconds: 1 } },
])('h2loadArguments() leaves %j to our own visitor', (change) => {
  expect(h2loadArguments({ target, work: { ...work, ...change } }, 'log')).toBeUndefined();
});

const output = (counts: string) => `finished in 1.34s, 11525.00 req/s, 2.48MB/s
requests: 3 total, 4 started, ${counts}, 0 timeout
traffic: 2.48MB (2604650) total, 1.04MB (1089270) headers (space savings 0.00%), 1.14MB (1197000) data
`;
const logFile = join(dir, 'log');

it('readH2load() takes counts from the summary and latencies from the log, and no bytes of warming up', () => {
  writeFileSync(logFile, '1795337839786558\t200\t1000\n1795337839788344\t200\t3000\n1795337839786551\t200\t2000\n');
  expect(readH2load(output('3 done, 3 succeeded, 0 failed, 0 errored'), logFile, work)).toEqual({
    seconds: 2,
    exchanges: 3,
    bytes: 300,
    p50Ms: 2,
    p99Ms: 3,
  });
});

it.each([
  '3 done, 2 succeeded, 0 failed, 0 errored',
  '3 done, 3 succeeded, 1 failed, 0 errored',
  '3 done, 3 succeeded, 0 failed, 1 errored',
  '0 done, 0 succeeded, 0 failed, 0 errored',
])('readH2load() refuses a run with %s', (counts) => {
  expect(() => readH2load(output(counts), 'none', work)).toThrow('h2load failed');
});

// What memory is watched during. Each runs on its own, on processes that were just started.
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../job.ts';
import { quantile } from '../report/quantile.ts';
import { addressOf, openIdleVisitors, openMany } from '../visitor/crowd.ts';
import { dial } from '../visitor/dial.ts';
import { openHttp1Lane } from '../visitor/http1-lane.ts';

const gigabyte = 1e9;
const watchSeconds = 20;

export interface Scenario {
  readonly name: string;
  /** @returns what is worth saying besides memory */
  run(target: Target, scale: number): Promise<string>;
}

export const scenarios: readonly Scenario[] = [
  {
    name: '10 GB download, one stream',
    run: (target, scale) => transfer(target, { answerBytes: 10 * gigabyte * scale, uploadBytes: 0 }),
  },
  {
    name: '10 GB upload, one stream',
    run: (target, scale) => transfer(target, { answerBytes: 0, uploadBytes: 10 * gigabyte * scale }),
  },
  {
    name: '200 slow readers of 100 MB each',
    run: (target, scale) =>
      whileStuck(target, () => openMany(200 * scale, (visitor) => openSlowReader(target, visitor))),
  },
  {
    name: '1 GB upload to a paused app',
    run: (target) => whileStuck(target, () => openMany(1, () => openPausedUpload(target))),
  },
  { name: '5000 idle visitors', run: idleVisitors },
];

async function transfer(target: Target, size: { answerBytes: number; uploadBytes: number }): Promise<string> {
  const lane = await openHttp1Lane(target);
  const startedAt = performance.now();
  const bytes = await lane.exchange(size);
  lane.close();
  return `${(bytes / 1e3 / (performance.now() - startedAt)).toFixed(0)} MB/s`;
}

/** Asks for 100 MB and reads no more than what comes with the head. */
async function openSlowReader(target: Target, visitor: number): Promise<Socket> {
  const socket = await dial(target, { localAddress: addressOf(visitor) });
  socket.on('error', () => {}); // Being cut is one of the things that may happen to him.
  socket.write(`GET /100000000 HTTP/1.1\r\nHost: ${target.hostHeader}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket.pause();
}

/** Sends 1 GB, as far as it is taken, to a service that never reads. */
async function openPausedUpload(target: Target): Promise<Socket> {
  const socket = await dial(target);
  const piece = Buffer.alloc(64 * 1024);
  let left = gigabyte;
  const fill = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= piece.length;
      if (!socket.write(piece)) return void socket.once('drain', fill);
    }
  };
  socket.on('error', () => {});
  socket.write(`POST /paused HTTP/1.1\r\nHost: ${target.hostHeader}\r\nContent-Length: ${gigabyte}\r\n\r\n`);
  fill();
  return socket;
}

/** The latency of a well-behaved visitor before and while others are stuck. */
async function whileStuck(target: Target, open: () => Promise<Socket[]>): Promise<string> {
  const before = await latencies(target, watchSeconds / 4);
  const sockets = await open();
  const during = await latencies(target, watchSeconds);
  const cut = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
  for (const socket of sockets) socket.destroy();
  const text = (values: readonly number[]): string =>
    `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.99).toFixed(1)} ms`;
  return `another visitor's p50 / p99 before: ${text(before)}, during: ${text(during)}; ${cut} of ${sockets.length} cut`;
}

async function latencies(target: Target, seconds: number): Promise<number[]> {
  const lane = await openHttp1Lane(target, '127.0.9.1');
  const found: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(20)) {
    const sentAt = performance.now();
    await lane.exchange({ answerBytes: 100, uploadBytes: 0 });
    found.push(performance.now() - sentAt);
  }
  lane.close();
  return found;
}

async function idleVisitors(target: Target, scale: number): Promise<string> {
  const startedAt = performance.now();
  const lanes = await openIdleVisitors(target, 5000 * scale);
  const seconds = (performance.now() - startedAt) / 1000;
  await sleep((watchSeconds / 2) * 1000);
  for (const lane of lanes) lane.close();
  return `${lanes.length} opened in ${seconds.toFixed(1)} s`;
}

// The visitor, a process of its own: `load.ts '<LoadJob as JSON>'`. Prints a LoadResult as JSON.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { LoadJob, LoadResult } from './job.ts';

const job = JSON.parse(process.argv[2] ?? '') as LoadJob;
const request = `GET ${job.path} HTTP/1.1\r\nHost: ${job.hostHeader}\r\n\r\n`;
const latencies: number[] = [];
let left = job.requests;
let bytes = 0;

const startedAt = performance.now();
await Promise.all(Array.from({ length: job.connections }, runConnection));
const seconds = (performance.now() - startedAt) / 1000;
latencies.sort((a, b) => a - b);
const quantile = (q: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? 0;
const result: LoadResult = { seconds, requests: latencies.length, bytes, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
console.log(JSON.stringify(result));

/** Sends requests one after the other over one kept-alive connection until none is left. */
async function runConnection(): Promise<void> {
  const socket = await open();
  while (left-- > 0) {
    const sentAt = performance.now();
    socket.write(request);
    await readAnswer(socket);
    latencies.push(performance.now() - sentAt);
  }
  socket.destroy();
}

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = job.tls
      ? connectTls({
          host: '127.0.0.1',
          port: job.port,
          servername: job.serverName,
          ca: job.ca,
          ALPNProtocols: ['http/1.1'],
        })
      : connectTcp({ host: '127.0.0.1', port: job.port });
    socket.setNoDelay(true);
    socket.once('error', reject).once(job.tls ? 'secureConnect' : 'connect', () => resolve(socket));
  });
}

/** A benchmark's parser: good answers only; anything but 200 with a length fails the run. */
function readAnswer(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    let body = 0;
    const onData = (chunk: Buffer): void => {
      if (head) {
        head = head.length ? Buffer.concat([head, chunk]) : chunk;
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
        if (!text.startsWith('HTTP/1.1 200') || length === undefined)
          return void finish(new Error(`Unexpected answer: ${text}`));
        body = Number(length) - (head.length - end - 4);
        head = undefined;
      } else {
        body -= chunk.length;
      }
      bytes += chunk.length;
      if (body === 0) finish();
    };
    const onClose = (): void => finish(new Error('The connection closed in the middle of an answer'));
    const finish = (error?: Error): void => {
      socket.off('data', onData).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    socket.on('data', onData).on('close', onClose);
  });
}
